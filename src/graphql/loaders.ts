import DataLoader from 'dataloader';

/** The DataLoaders of one request: made at first use, gone with it, so nothing leaks between callers. */
export class Loaders {
  private readonly byName = new Map<string, DataLoader<string, unknown>>();

  /** Loads by key through one batched query per tick. `name` identifies the loader in this request. */
  load<Value>(
    name: string,
    key: string,
    loadMany: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  ): Promise<Value | null> {
    let loader = this.byName.get(name) as DataLoader<string, Value | null> | undefined;
    if (!loader) {
      loader = new DataLoader<string, Value | null>(async (keys) => {
        const found = await loadMany(keys);
        return keys.map((each) => found.get(each) ?? null);
      });
      this.byName.set(name, loader);
    }
    return loader.load(key);
  }
}
