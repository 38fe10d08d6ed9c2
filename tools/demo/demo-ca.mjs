// A root, an intermediate and leaves for the demo: real X.509, created in memory, valid for a few months.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;
let serial = Date.now();

const keys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
const nextSerial = () => (serial++).toString(16).padStart(16, "0");

async function issue({ subject, issuer, names, days, startDaysAgo = 1 }) {
  const pair = await keys();
  const isCa = names === undefined;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: nextSerial(),
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    notBefore: new Date(Date.now() - startDaysAgo * DAY_MS),
    notAfter: new Date(Date.now() + (days - startDaysAgo) * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: pair.publicKey,
    signingKey: issuer?.pair.privateKey ?? pair.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(isCa, undefined, true),
      new x509.KeyUsagesExtension(
        isCa ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign : x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      ...(isCa
        ? []
        : [
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
            new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
          ]),
      // Strict clients, Python among them, require the key identifiers.
      await x509.SubjectKeyIdentifierExtension.create(pair.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create((issuer?.pair ?? pair).publicKey),
    ],
  });
  return { certificate, pair };
}

/** @returns a function that issues `{ leaf, chain, key }` as PEM for host names */
export async function createDemoCa() {
  const root = await issue({ subject: "CN=Demo Root", days: 3650 });
  const intermediate = await issue({ subject: "CN=Demo Intermediate", issuer: root, days: 1825 });
  return async (names, { days = 47, startDaysAgo = 1 } = {}) => {
    const { certificate, pair } = await issue({
      subject: `CN=${names[0]}`,
      issuer: intermediate,
      names,
      days,
      startDaysAgo,
    });
    const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", pair.privateKey);
    return {
      leaf: `${certificate.toString("pem")}\n`,
      chain: `${intermediate.certificate.toString("pem")}\n`,
      key: `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`,
      fingerprint: Buffer.from(await certificate.getThumbprint("SHA-256")).toString("hex"),
      notAfter: certificate.notAfter.toISOString(),
    };
  };
}
