export interface Step {
  readonly step: string;
  /** Of processor time. */
  readonly seconds: number;
  /** Of the process, from its beginning to the end of this step. */
  readonly peakRssBytes: number;
}

/** What a rehearsal prints. */
export interface Figures {
  readonly steps: readonly Step[];
  /** That a full restore would fetch. */
  readonly packs: number;
}

/** Measures what is done one after the other. */
export class Steps {
  readonly taken: Step[] = [];

  async take<T>(step: string, work: () => Promise<T>): Promise<T> {
    const start = processorSeconds();
    const result = await work();
    const peakRssBytes = process.resourceUsage().maxRSS * 1024;
    this.taken.push({ step, seconds: processorSeconds() - start, peakRssBytes });
    return result;
  }
}

/** Of this process: unlike the clock it does not count what others do on the machine. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
