/** A finding of cdk-nag that stays, and why. `finding` and `construct` must both match. */
export interface AcknowledgedRule {
  /** The rule, with what it found in brackets where it names one. */
  readonly finding: RegExp;
  readonly construct: RegExp;
  readonly reason: string;
}

// cdk-nag can acknowledge single findings by the name of a generated export only, so they are matched here.
export const acknowledgedRules: readonly AcknowledgedRule[] = [
  {
    finding: /^AwsSolutions-S1$/,
    construct: /\/Vault\/Resource$/,
    reason:
      'Server access logs come late and incomplete; who did what is in the functions’ logs, and CloudTrail data events are the account’s choice.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.*\/v1\/mounts\/[^\]]*\]$/,
    construct: /\/Functions\/[a-z-]+-role\/DefaultPolicy\/Resource$/,
    reason: 'Mounts and uploads are made while the service runs; the pattern names the kind of object.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    construct:
      /\/(commit-upload|restore-staging|backup-request|retention|reclaim|audit|rebuild-catalog)-role\/DefaultPolicy\/Resource$/,
    reason: 'X-Ray and the delivery of logs take no resource names.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    construct: /\/Functions\/[a-z-]+-role\/DefaultPolicy\/Resource$/,
    reason:
      'X-Ray takes no resource names; test/infra/rights.test.ts holds that nothing else is allowed on all.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.*:execution:.*-rebuild-catalog:\*\]$/,
    construct: /\/Functions\/catalog-api-role\/DefaultPolicy\/Resource$/,
    reason:
      'Executions are named when somebody orders a rebuild; only those of this state machine are shown.',
  },
  {
    finding: /^AwsSolutions-SQS3$/,
    construct: /\/AlertMailsDeadLetters\/Resource$/,
    reason: 'It is a dead-letter queue: that of the rule that mails alerts.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Action::kms:GenerateDataKey\*\]$/,
    construct: /\/AlertMails\/EventsRole\/DefaultPolicy\/Resource$/,
    reason: 'What publishing to an encrypted topic takes, on the key of that topic alone.',
  },
  {
    finding: /^AwsSolutions-APIG4$/,
    construct: /\/Api\/(POST--v1--(activate|token-status)|GET--v1--openapi\.json)\/Resource$/,
    reason:
      'Activation is authorized by its single-use code, the state of a token by the whole token; the API document is public.',
  },
];
