/** An error as SNS answers it. */
export class SnsError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

export const invalidParameter = (reason: string): SnsError =>
  new SnsError('InvalidParameter', `Invalid parameter: ${reason}`);

export const noSuchTopic = (): SnsError => new SnsError('NotFound', 'Topic does not exist', 404);

export const notSupported = (subject: string): SnsError =>
  invalidParameter(`${subject} is not supported by the local SNS`);
