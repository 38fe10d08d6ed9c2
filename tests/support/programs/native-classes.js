"use strict";
// The classes of pulumi-qwilt on the native provider, so that one program runs on both. Users have generated classes, which
// tests/campaign/languages uses; these are made from the same schema.
const { join } = require("node:path");
const pulumi = require("@pulumi/pulumi");
const schema = require(join(__dirname, "../../../provider/engine/native/schema.json"));

for (const [token, { properties }] of Object.entries(schema.resources)) {
  const kind = token.slice(token.lastIndexOf(":") + 1);
  const outputs = Object.fromEntries(Object.keys(properties).map((name) => [name, undefined]));
  exports[kind] = class extends pulumi.CustomResource {
    constructor(name, args, opts) {
      super(token, name, { ...outputs, ...withReference(args) }, { ...opts, version: opts?.version });
    }
  };
}

/** A generated class has one property for each kind of resource that it takes. */
function withReference({ certificate, ...args }) {
  return certificate instanceof exports.CertificateIssuance && !(certificate instanceof exports.Certificate)
    ? { ...args, certificateIssuance: certificate }
    : certificate === undefined
      ? args
      : { ...args, certificate };
}

// Conveniences of the classes in TypeScript.
const { CertificateTemplate, delegationNames } = require("pulumi-qwilt");
exports.delegationNames = delegationNames;
exports.CertificateTemplate.prototype.delegationRecord = CertificateTemplate.prototype.delegationRecord;
