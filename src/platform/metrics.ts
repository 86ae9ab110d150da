import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** A count that costs the path it stands on one addition. */
export interface Tally {
  /** How often it happened since the start. */
  count: number;
}

/** What one metric is called and, in order, what its labels are called. */
export interface MetricDefinition {
  /** As Prometheus wants it: counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** The tallies of one metric. */
export interface Tallies {
  /**
   * The tally for these values, in the order of the labels; the same one for the same values. To be asked for once, by
   * whoever counts: the values come out of the code, never out of a request, so that their number is bounded.
   */
  of(...values: readonly string[]): Tally;
}

/** The counters of one application, in Prometheus' text format. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Tallies>();

  /** The counter of that name. */
  counter(definition: MetricDefinition): Tallies {
    const known = this.#counters.get(definition.name);
    if (known) return known;
    const tallies = this.#define(definition);
    this.#counters.set(definition.name, tallies);
    return tallies;
  }

  /** Adds a value that is read when somebody asks. */
  gauge({ name, help }: Omit<MetricDefinition, 'labels'>, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Everything counted here, and what is known of the process, as text of the type `contentType`. */
  async render(): Promise<string> {
    const [ours, process] = await Promise.all([this.#registry.metrics(), registryOfProcess().metrics()]);
    return `${ours}\n${process}`;
  }

  readonly contentType: string = Registry.PROMETHEUS_CONTENT_TYPE;

  #define({ name, help, labels }: MetricDefinition): Tallies {
    const tallies = new Map<string, { readonly values: Record<string, string>; readonly tally: Tally }>();
    new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect() {
        // The library's own counting hashes the labels each time; so it is told the sums when somebody reads them.
        this.reset();
        for (const { values, tally } of tallies.values()) this.inc(values, tally.count);
      },
    });
    return {
      of: (...values) => {
        const key = JSON.stringify(values);
        const known = tallies.get(key)?.tally;
        if (known) return known;
        const tally = { count: 0 };
        const named = Object.fromEntries(labels.map((label, index) => [label, values[index] ?? '']));
        tallies.set(key, { values: named, tally });
        return tally;
      },
    };
  }
}

let ofProcess: Registry | undefined;

/** Memory, processor and event loop: of the process, and so one for all applications in it, from the first reading on. */
function registryOfProcess(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  return ofProcess;
}
