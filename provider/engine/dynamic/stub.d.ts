import type { dynamic } from "@pulumi/pulumi";

/** The provider text of one resource kind: seven one-line functions that load the installed package. */
export function dynamicProvider(kind: string): dynamic.ResourceProvider;
