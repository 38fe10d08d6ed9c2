/** The arguments of a link that a Certificate or a CertificateIssuance stands for, taken from its properties. Pure. */

type Properties<Value> = Readonly<
  Partial<
    Record<"certificateId" | "fingerprint" | "dnsNames" | "ipAddresses" | "notAfter" | "certificateTemplateId", Value>
  >
>;

export function ofCertificate<Value>(certificate: Properties<Value>) {
  const { certificateId, fingerprint, dnsNames, ipAddresses, notAfter } = certificate;
  return { certificateId, fingerprint, dnsNames, ipAddresses, notAfter };
}

export function ofIssuance<Value>(issuance: Properties<Value>) {
  const { certificateTemplateId } = issuance;
  return { certificate: "issuance", certificateTemplateId, ...ofCertificate(issuance) };
}
