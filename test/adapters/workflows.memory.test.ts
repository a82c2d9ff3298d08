import { createRecordingWorkflows } from '../../shared/adapters/memory/workflows.ts';
import { type WaitingTask, workflowsContract } from './contracts/workflows.contract.ts';

workflowsContract('recorded workflows', async () => {
  const workflows = createRecordingWorkflows();
  const waitingTask = async (): Promise<WaitingTask> => {
    const token = `token ${workflows.calls.length}`;
    workflows.addTask(token);
    return {
      token,
      async answer() {
        for (const call of workflows.calls) {
          if (call.kind === 'succeed' && call.taskToken === token) return { output: call.output };
          if (call.kind === 'fail' && call.taskToken === token) {
            return { error: call.error.code, cause: call.error.cause };
          }
        }
        throw new Error('the task has not been answered');
      },
      stop: () => workflows.dropTask(token),
    };
  };
  return {
    workflows,
    waitingTask,
    executions: async () =>
      workflows.calls.flatMap((call) => ('name' in call ? [{ name: call.name, input: call.input }] : [])),
  };
});
