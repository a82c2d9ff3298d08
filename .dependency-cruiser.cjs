// Imports point one way: functions, local → usecases → domain; adapters → ports. A test proves that the rules fire.
const only = (name, comment, from, allowed) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: '^(shared|functions|infra|gateway|local|cli|bench|test|scripts)/', pathNot: allowed },
});

module.exports = {
  forbidden: [
    only('domain-is-pure', 'The domain knows nothing of what runs it.', '^shared/domain/', [
      '^shared/domain/',
      '^shared/errors\\.ts$',
    ]),
    {
      name: 'domain-without-io',
      severity: 'error',
      comment: 'Plain data in, plain data out: no files, network or processes.',
      from: { path: '^shared/domain/' },
      to: { path: '^(node:)?(fs|net|http|https|child_process|worker_threads|os)(/|$)' },
    },
    only('contracts', 'What crosses a process is made of domain types.', '^shared/contracts/', [
      '^shared/contracts/',
      '^shared/domain/',
      '^shared/errors\\.ts$',
    ]),
    only('ports', 'Ports speak in domain types.', '^shared/ports/', [
      '^shared/ports/',
      '^shared/domain/',
      '^shared/errors\\.ts$',
    ]),
    only('usecases', 'Use cases reach the world through ports.', '^shared/usecases/', [
      '^shared/(usecases|ports|domain|contracts)/',
      '^shared/errors\\.ts$',
    ]),
    only('adapters', 'Adapters carry out ports and know no use case.', '^shared/adapters/', [
      '^shared/(adapters|ports|domain)/',
      '^shared/errors\\.ts$',
    ]),
    {
      name: 'sdk-only-in-adapters',
      severity: 'error',
      comment: 'In the product, adapters alone know the AWS SDK; functions make their clients.',
      from: { path: '^(shared|gateway|cli)/', pathNot: '^shared/adapters/' },
      to: { path: 'node_modules/(@aws-sdk|@smithy|electrodb)/' },
    },
    only('functions', 'Functions wire use cases to adapters.', '^functions/', ['^functions/', '^shared/']),
    only('infra', 'The stacks share tables and names with the code, no more.', '^infra/', [
      '^infra/',
      '^shared/contracts/',
      '^shared/domain/',
      '^shared/errors\\.ts$',
      '^shared/adapters/aws/table\\.ts$',
      '^functions/runtime/(environment|metric-names)\\.ts$',
    ]),
    only('gateway', 'The gateway runs at the customer: domain and contracts only.', '^gateway/', [
      '^gateway/',
      '^shared/(domain|contracts)/',
      '^shared/errors\\.ts$',
    ]),
    only('cli', 'The command line knows domain and contracts only.', '^cli/(?!(local|gateway|key)/)', [
      '^cli/',
      '^shared/(domain|contracts)/',
      '^shared/errors\\.ts$',
    ]),
    only('cli-local', 'The commands of the local AWS run it, and know nothing else.', '^cli/local/', [
      '^cli/(local/|add-command\\.ts$)',
      '^local/bare/',
    ]),
    only(
      'cli-gateway',
      "The gateway's commands know its configuration and its doctor, and nothing else of it.",
      '^cli/gateway/',
      ['^cli/(gateway/|add-command\\.ts$|local/options\\.ts$)', '^gateway/(config|doctor/doctor)\\.ts$'],
    ),
    only(
      'cli-key',
      'The commands of keys know how the gateway keeps them, and nothing else of it.',
      '^cli/key/',
      [
        '^cli/(key/|add-command\\.ts$|local/options\\.ts$)',
        '^gateway/encryption/(key-file|key-tool|recovery-kit)\\.ts$',
      ],
    ),
    {
      name: 'cli-gateway-lazy',
      severity: 'error',
      comment: 'No command waits for the gateway but the one that needs it.',
      from: { path: '^cli/(gateway|key)/' },
      to: { path: '^gateway/', dynamic: false },
    },
    only('bench', 'Benches measure everything, but not by way of tests.', '^bench/', [
      '^(bench|shared|functions|infra|gateway|local|cli|scripts)/',
    ]),
    only('local', 'The local AWS knows nothing of the app; only the start plays all parts.', '^local/', [
      '^local/',
      '^shared/(domain|contracts)/',
      '^shared/errors\\.ts$',
    ]),
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A circle has no order to read it in.',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
