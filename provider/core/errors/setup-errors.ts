/** Installation, configuration and credentials, and internal errors of pulumi-qwilt. */
import type { Message } from "./message.ts";
import { defineError } from "./qwilt-error.ts";
import { CREDENTIAL_VARIABLES, type CredentialSource, storeCredentials, useCredentialsOf } from "./remedies.ts";

export type ConfigInvalidDetails =
  | { readonly reason: "settings"; readonly findings: readonly SettingFinding[] }
  | {
      readonly reason: "proxy";
      readonly variable: string;
      /** Completes the sentence "The proxy in HTTPS_PROXY cannot be used: it ..." */
      readonly problem: string;
      /** Host that would be reached through the proxy. */
      readonly hostname: string;
    }
  /** A debugger has started the process, which serves every provider of the program. */
  | { readonly reason: "second-provider" };

export interface SettingFinding {
  /** The setting or the variable that the value comes from. */
  readonly place: string;
  /** Setting inside a structured value; "" for the value itself. */
  readonly path: string;
  readonly problem: string;
  /** Another place where the value can be set. */
  readonly otherPlace: string | undefined;
}

export const configInvalid = defineError("QWILT_CONFIG_INVALID", (details: ConfigInvalidDetails): Message => {
  if (details.reason === "proxy") {
    const { variable, problem, hostname } = details;
    return {
      what: `The proxy in ${variable} cannot be used: it ${problem}.`,
      where: variable,
      todo: `set it to http://USER:PASSWORD@HOST:PORT, or add ${hostname} to NO_PROXY if this machine reaches it without the proxy`,
    };
  }
  if (details.reason === "second-provider") {
    return {
      what: "The program has two providers with different settings, and one process, which a debugger has started, cannot serve both.",
      where: "PULUMI_DEBUG_PROVIDERS",
      todo: "debug a program with one provider of qwilt",
    };
  }
  const { findings } = details;
  const texts = findings.map(({ place, path, problem, otherPlace }) => {
    const other = otherPlace === undefined ? "" : ` (it can also be set by ${otherPlace})`;
    return `${path === "" ? place : `${place}.${path}`} ${problem}${other}`;
  });
  return {
    what: `The configuration has ${findings.length === 1 ? "an error" : `${findings.length} errors`}: ${texts.join("; ")}.`,
    where: [...new Set(findings.map(({ place }) => place))].join(", "),
    todo: "correct it with `pulumi config set`, or in the environment variable that is named",
  };
});

export interface ConfigMissingDetails {
  readonly missing: "credentials" | "username" | "password";
}

export const configMissing = defineError("QWILT_CONFIG_MISSING", ({ missing }: ConfigMissingDetails) => ({
  what:
    missing === "credentials"
      ? "No credentials for Qwilt are configured."
      : `The login to Qwilt is incomplete: the ${missing} is missing (qwilt:${missing}, or QWILT_${missing.toUpperCase()} in the environment).`,
  todo: `set ${CREDENTIAL_VARIABLES["api-key"]} in the environment (or ${CREDENTIAL_VARIABLES.login}), or run ${storeCredentials("api-key")}; qwilt:username and qwilt:password can be used instead`,
}));

export interface OtherOrganizationDetails {
  /** "creating": something new for the stack. "absence": an object that was not found. */
  readonly work: "creating" | "absence";
  /** Organizations recorded in the state. */
  readonly owners: readonly string[];
  /** Organizations of the credentials; undefined: not known. */
  readonly organizations: readonly string[] | undefined;
  readonly credentials: CredentialSource | undefined;
  readonly urn: string | undefined;
}

export const otherOrganization = defineError("QWILT_OTHER_ORGANIZATION", (details: OtherOrganizationDetails) => {
  const { work, owners, organizations, credentials, urn } = details;
  const source = credentials === undefined ? "The credentials" : `The credentials (${credentials.source})`;
  const owner = owners.length === 0 ? undefined : `organization ${quoted(owners)}`;
  const subject = work === "creating" ? "the stack" : "this resource";
  const belongs =
    owner === undefined
      ? `the state does not contain the organization of ${subject}`
      : `${subject} belongs to ${owner} according to its state`;
  const found =
    organizations === undefined
      ? "do not find the object, and no response from Qwilt shows which organization they belong to"
      : `belong to organization ${quoted(organizations)}`;
  const consequence =
    work === "creating"
      ? "Nothing new is created with these credentials."
      : "That it is not found with these credentials does not mean that it was deleted.";
  const gone = urn === undefined ? "" : `; if it was in fact deleted, run \`pulumi state delete '${urn}'\``;
  return {
    what: `${source} ${found}; ${belongs}. ${consequence} Nothing was changed.`,
    where: urn,
    todo:
      organizations === undefined
        ? `check that the credentials belong to ${owner ?? "the organization of the stack"}${gone}`
        : useCredentialsOf(owner ?? "the stack's organization", credentials),
  };
});

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");

export interface PackageNotFoundDetails {
  readonly reason: "yarn-pnp" | "not-in-program";
  /** Folder of the program. */
  readonly folder: string;
}

export const packageNotFound = defineError(
  "QWILT_PACKAGE_NOT_FOUND",
  ({ reason, folder: where }: PackageNotFoundDetails): Message =>
    reason === "yarn-pnp"
      ? {
          what: "The packages were installed by Yarn Plug'n'Play, where Node.js does not find the ES modules that pulumi-qwilt depends on.",
          where,
          todo: "set `nodeLinker: node-modules` in .yarnrc.yml and run yarn install",
        }
      : {
          what: "The package pulumi-qwilt was loaded by a library, but Pulumi's provider process looks for it in the program's folder and does not find it there.",
          where,
          todo: "add pulumi-qwilt to the dependencies in the program's own package.json and install (npm install, pnpm add or yarn add pulumi-qwilt)",
        },
);

export type InternalDetails =
  /** Not a QwiltError. */
  | { readonly reason: "unexpected"; readonly error: string }
  /** An identifier that would address another resource. */
  | { readonly reason: "invalid-id"; readonly id: string; readonly path: string }
  | { readonly reason: "unknown-kind"; readonly kind: string };

export const internalError = defineError("QWILT_INTERNAL", (details: InternalDetails): Message => {
  switch (details.reason) {
    case "unexpected":
      return {
        what: `pulumi-qwilt failed with an unexpected error: ${details.error}`,
        todo: "run the same command again; if it fails again, report this text as a bug of pulumi-qwilt",
      };
    case "invalid-id":
      return {
        what: details.id === "" ? "An identifier is empty." : `An identifier is "${details.id}".`,
        where: `${details.path}...`,
        todo: "report this text as a bug of pulumi-qwilt",
      };
    case "unknown-kind":
      return {
        what: `This version of pulumi-qwilt has no resource type "${details.kind}".`,
        todo: "install the version of pulumi-qwilt that created the stack, or a newer one",
      };
  }
});
