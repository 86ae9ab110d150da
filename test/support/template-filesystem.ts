import { MemoryFS, PGlite } from '@electric-sql/pglite';

/** What stands at one path below a data directory. */
export interface TemplateEntry {
  readonly path: string;
  /** Null for a folder; the zeros at the end, which are most of a write-ahead log, are left out. */
  readonly contents: Uint8Array | null;
  readonly size: number;
}

/** The memory of one embedded database that starts with these files. */
export class TemplateFilesystem extends MemoryFS {
  constructor(private readonly entries: readonly TemplateEntry[]) {
    super();
  }

  /** Where other filesystems read what they kept. `loadDataDir` of PGlite ends the same, ten times slower. */
  override async initialSyncFs(): Promise<void> {
    if (!this.pg) throw new Error('The filesystem belongs to no database yet');
    const { FS } = this.pg.Module;
    FS.mkdirTree(PGlite.paths.PGDATA);
    for (const { path, contents, size } of this.entries) {
      if (contents) FS.writeFile(PGlite.paths.PGDATA + path, extended(contents, size), { canOwn: true });
      else FS.mkdir(PGlite.paths.PGDATA + path);
    }
  }
}

/** Everything in the data directory of a database that is open and idle: folders before what is in them. */
export function entriesOf(pglite: PGlite, folder = ''): TemplateEntry[] {
  const { FS } = pglite.Module;
  const names: string[] = FS.readdir(PGlite.paths.PGDATA + folder);
  return names
    .filter((name) => name !== '.' && name !== '..')
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      const { mode, size } = FS.stat(PGlite.paths.PGDATA + path);
      return FS.isDir(mode)
        ? [{ path, contents: null, size: 0 }, ...entriesOf(pglite, path)]
        : [{ path, contents: trimmed(FS.readFile(PGlite.paths.PGDATA + path)), size }];
    });
}

function trimmed(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

/** A copy: no database sees what another one writes. */
function extended(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(bytes);
  return copy;
}
