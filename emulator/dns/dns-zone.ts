import { canonicalName, type DnsRecord, type DnsType, recordFault } from "./dns-record.ts";

export interface NamedRecord extends DnsRecord {
  name: string;
}

/** Ways in which a name server fails for a name, whatever its records are. */
export type DnsFault = "SERVFAIL" | "REFUSED" | "silent";

export interface DnsAnswer {
  /** NOERROR without answers is NODATA: the name exists, but has no record of this type. */
  readonly rcode: "NOERROR" | "NXDOMAIN" | "SERVFAIL" | "REFUSED" | "silent";
  /** In the order found: a chain of CNAMEs first, then the requested records. */
  readonly answers: readonly NamedRecord[];
}

export interface ZoneSnapshot {
  readonly records: readonly NamedRecord[];
  readonly faults: readonly (readonly [string, DnsFault])[];
}

/** RFC 1034 sets no limit; resolvers give up at about this many aliases. */
const maxAliases = 16;

/**
 * Every DNS record of the emulator, as one zone below the root: customers' names and Qwilt's challenge names. In memory
 * only; listeners are notified of changes.
 */
export class DnsZone {
  private readonly names = new Map<string, DnsRecord[]>();
  private readonly faults = new Map<string, DnsFault>();
  private readonly listeners = new Set<(name: string) => void>();

  /**
   * Replaces all records of this name and type. A name with a CNAME has no other records (RFC 1034 section 3.6.2): a
   * CNAME replaces all of them, and any other record replaces a CNAME.
   *
   * @throws RangeError if the name or the value is invalid for a record
   */
  put(name: string, record: DnsRecord): void {
    const { owner, clean } = checked(name, record);
    const others = this.recordsOf(owner).filter(
      ({ type }) => type !== record.type && type !== "CNAME" && record.type !== "CNAME",
    );
    this.names.set(owner, [...others, clean]);
    this.changed(owner);
  }

  /** Adds one more value, for example the second challenge of a wildcard and its base name. @throws RangeError */
  add(name: string, record: DnsRecord): void {
    const { owner, clean } = checked(name, record);
    const others = this.recordsOf(owner).filter((known) => !sameValue(known, clean));
    this.names.set(owner, [...others, clean]);
    this.changed(owner);
  }

  /** Removes one value. @returns whether it existed */
  remove(name: string, record: Pick<DnsRecord, "type" | "value">): boolean {
    const owner = canonicalName(name);
    const before = this.recordsOf(owner);
    const after = before.filter((known) => !sameValue(known, record));
    if (after.length === before.length) return false;
    if (after.length === 0) this.names.delete(owner);
    else this.names.set(owner, after);
    this.changed(owner);
    return true;
  }

  /** Removes every record of a name. @returns whether there was one */
  delete(name: string): boolean {
    const owner = canonicalName(name);
    const existed = this.names.delete(owner);
    if (existed) this.changed(owner);
    return existed;
  }

  /** Makes queries for a name fail; undefined ends that. "silent" sends no response at all. */
  setFault(name: string, fault: DnsFault | undefined): void {
    const owner = canonicalName(name);
    if (fault === undefined) this.faults.delete(owner);
    else this.faults.set(owner, fault);
    this.changed(owner);
  }

  /** All records, sorted by name, then in the order they were put. */
  list(): NamedRecord[] {
    return [...this.names]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, records]) => records.map((record) => ({ name, ...record })));
  }

  /** Answers like an authoritative server for everything, following CNAMEs (RFC 1034 section 4.3.2, RFC 6604). */
  resolve(name: string, type: DnsType | "ANY"): DnsAnswer {
    const answers: NamedRecord[] = [];
    const seen = new Set<string>();
    let owner = canonicalName(name);
    for (;;) {
      const fault = this.faults.get(owner);
      if (fault !== undefined) return { rcode: fault, answers: [] };
      if (seen.has(owner) || seen.size > maxAliases) return { rcode: "SERVFAIL", answers: [] };
      seen.add(owner);

      const records = this.matching(owner);
      if (records === undefined) return { rcode: "NXDOMAIN", answers };
      const alias = records.find((record) => record.type === "CNAME");
      if (alias === undefined || type === "CNAME" || type === "ANY") {
        const wanted = records.filter((record) => type === "ANY" || record.type === type);
        answers.push(...wanted.map((record) => ({ name: owner, ...record })));
        return { rcode: "NOERROR", answers };
      }
      answers.push({ name: owner, ...alias });
      owner = canonicalName(alias.value);
    }
  }

  /** @param listener is called after each change with the name that changed. @returns a function that removes it */
  onChange(listener: (name: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  toJSON(): ZoneSnapshot {
    return { records: this.list(), faults: [...this.faults] };
  }

  static fromJSON(snapshot: ZoneSnapshot): DnsZone {
    const zone = new DnsZone();
    zone.restore(snapshot);
    return zone;
  }

  /** Replaces the zone with the snapshot. Notifies listeners of every name that existed or exists now. */
  restore(snapshot: ZoneSnapshot): void {
    const touched = new Set([...this.names.keys(), ...this.faults.keys()]);
    this.names.clear();
    this.faults.clear();
    for (const { name, ...record } of snapshot.records) {
      this.names.set(name, [...this.recordsOf(name), record]);
      touched.add(name);
    }
    for (const [name, fault] of snapshot.faults) {
      this.faults.set(name, fault);
      touched.add(name);
    }
    for (const name of touched) this.changed(name);
  }

  /**
   * Records of a name or of the wildcard that covers it; undefined if the name does not exist (RFC 4592 section 3.3).
   */
  private matching(owner: string): readonly DnsRecord[] | undefined {
    if (this.exists(owner)) return this.recordsOf(owner);
    const labels = owner.split(".");
    for (let at = 1; at <= labels.length; at++) {
      const encloser = labels.slice(at).join(".");
      // Only the closest existing ancestor may have the wildcard: one further up does not apply.
      if (encloser === "" || this.exists(encloser)) return this.names.get(encloser === "" ? "*" : `*.${encloser}`);
    }
    return undefined;
  }

  /** A name exists if it, or a name below it, has a record (RFC 4592 section 2.2.2). */
  private exists(owner: string): boolean {
    if (this.names.has(owner)) return true;
    const suffix = `.${owner}`;
    for (const name of this.names.keys()) if (name.endsWith(suffix)) return true;
    return false;
  }

  private recordsOf(owner: string): readonly DnsRecord[] {
    return this.names.get(owner) ?? [];
  }

  private changed(owner: string): void {
    for (const listener of this.listeners) listener(owner);
  }
}

function checked(name: string, { type, value, ttl }: DnsRecord): { owner: string; clean: DnsRecord } {
  const fault = recordFault(name, { type, value, ttl });
  if (fault !== undefined) throw new RangeError(fault);
  return { owner: canonicalName(name), clean: { type, value, ttl } };
}

function sameValue(a: Pick<DnsRecord, "type" | "value">, b: Pick<DnsRecord, "type" | "value">): boolean {
  const fold = a.type === "TXT" ? (value: string) => value : canonicalName;
  return a.type === b.type && fold(a.value) === fold(b.value);
}
