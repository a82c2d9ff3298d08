/** Where the service claims to live; goes into every ARN and into events. */
export interface Home {
  readonly region: string;
  readonly accountId: string;
}

export function makeMachineArn(home: Home, machineName: string): string {
  return `arn:aws:states:${home.region}:${home.accountId}:stateMachine:${machineName}`;
}

export function makeExecutionArn(home: Home, machineName: string, name: string): string {
  return `arn:aws:states:${home.region}:${home.accountId}:execution:${machineName}:${name}`;
}

/** Of a distributed Map's children the ARN has the Map's label behind the name. */
export function makeBaseMachineArn(machineArn: string): string {
  return machineArn.replace(/\/[^/:]+$/, '');
}

/** `labelledName` is `{machine}/{label}`. */
export function makeMapRunArn(home: Home, labelledName: string, id: string): string {
  return `arn:aws:states:${home.region}:${home.accountId}:mapRun:${labelledName}:${id}`;
}

const ARN = /^arn:aws:states:[a-z0-9-]+:\d{12}:(stateMachine|execution|mapRun):[^\s:]+(:[^\s:]+)?$/;

export function isStatesArn(text: string, kind: 'stateMachine' | 'execution' | 'mapRun'): boolean {
  return ARN.exec(text)?.[1] === kind;
}

export function isRoleArn(text: string): boolean {
  return /^arn:aws:iam::\d{12}:role\/\S+$/.test(text);
}

const MAX_NAME_LENGTH = 80;

/** Names of executions and state machines: no spaces, brackets, wildcards or control characters. */
export function isValidName(name: string): boolean {
  return (
    name.length > 0 && name.length <= MAX_NAME_LENGTH && /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]+$/u.test(name)
  );
}
