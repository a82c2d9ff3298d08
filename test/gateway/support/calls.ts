/** The calls that a DBA's script makes. */
export class Calls {
  readonly #base: string;

  constructor(url: string, mount = 'testmount') {
    this.#base = `${url}/druva-phoenix/v1/mounts/${mount}`;
  }

  status(): Promise<Answer> {
    return this.#call('GET', '/backup');
  }

  start(): Promise<Answer> {
    return this.#call('POST', '/backup');
  }

  finish(): Promise<Answer> {
    return this.#call('PUT', '/backup');
  }

  /** Fields are sent in the order given; a Blob is sent as a file. */
  uploadLog(fields: readonly (readonly [name: string, value: string | Blob])[]): Promise<Answer> {
    const form = new FormData();
    for (const [name, value] of fields) {
      if (typeof value === 'string') form.append(name, value);
      else form.append(name, value, 'rman.log');
    }
    return this.#call('POST', '/uploadlog', form);
  }

  deleteRestore(jobId: number | string): Promise<Answer> {
    return this.#call('DELETE', `/restores/${jobId}`);
  }

  async #call(method: string, path: string, body?: FormData): Promise<Answer> {
    const response = await fetch(this.#base + path, { method, ...(body && { body }) });
    const text = await response.text();
    return { status: response.status, text, ...JSON.parse(text) };
  }
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly error_code: number;
  readonly error_msg: string;
  readonly result: Record<string, unknown>;
}

/** A log as a script on Linux sends it. */
export const logFields = (content = 'a log\n'): (readonly [string, string | Blob])[] => [
  ['file', new Blob([content])],
  ['mountpoint', '/local/testmount'],
  ['platform', 'linux'],
];
