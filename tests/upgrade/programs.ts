/** The programs whose states every release records. A new one is recorded from the next release on. */
import { hostIndex } from "../support/programs/site-program.ts";
import { chainOf, makeCa, makeKeys, makeLeaf } from "../support/x509/factory.ts";

export interface RecordedProgram {
  readonly name: string;
  /** Files that the program reads, created at the recording. Certificates are valid until 2049. */
  readonly files: () => Promise<Readonly<Record<string, string>>>;
}

export const HOSTS = ["www.example.com", "shop.example.com"];
/** What the programs read from the configuration: the first certificate, the one of the recorded state, and the one that the test rotates to. */
export const ROTATIONS = { first: "1", recorded: "2", next: "3" } as const;
/** The last year of a UTCTime: a recorded state must not expire. */
const FAR = new Date("2049-12-31T00:00:00Z");
const DAY_MS = 86_400_000;

const SITE = { "host-index.json": JSON.stringify(hostIndex(HOSTS), undefined, 2) };

/** `npm test` runs the first one, the campaigns run the others. */
export const PROGRAMS: readonly RecordedProgram[] = [
  { name: "uploaded", files: async () => ({ ...SITE, ...(await leaves()) }) },
  { name: "managed", files: async () => SITE },
  { name: "self-managed", files: async () => ({ ...SITE, ...(await corporateCa()) }) },
];

/** The arguments of the emulator at the recording and afterwards. */
export function emulatorArguments(folder: string): readonly string[] {
  const days = Math.floor((FAR.getTime() - Date.now()) / DAY_MS);
  return ["--data", folder, "--certificate-days", String(days), "--issue-ms", "1500"];
}

async function leaves() {
  const root = await makeCa({ commonName: "Upgrade Root", keys: makeKeys("EC-P256"), notAfter: FAR });
  const ca = await makeCa({ commonName: "Upgrade CA", keys: makeKeys("EC-P256"), issuer: root, notAfter: FAR });
  const files: Record<string, string> = { "chain.pem": chainOf(ca) };
  for (const rotation of Object.values(ROTATIONS)) {
    const leaf = await makeLeaf({ names: HOSTS, ca, keys: makeKeys("EC-P256"), notAfter: FAR });
    files[`leaf-${rotation}.pem`] = leaf.certificate;
    files[`leaf-${rotation}.key`] = leaf.privateKey;
  }
  return files;
}

async function corporateCa() {
  const ca = await makeCa({ commonName: "Corporate CA", keys: makeKeys("EC-P256"), notAfter: FAR });
  return { "ca.pem": ca.certificate, "ca.key": ca.privateKey };
}
