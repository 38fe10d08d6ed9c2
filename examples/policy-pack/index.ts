// The rules of docs/policies.md: `pulumi preview --policy-pack . --policy-pack-config policies.json`.
import { PolicyPack } from "@pulumi/policy";
import { qwiltPolicies } from "pulumi-qwilt/policies";

new PolicyPack("qwilt", { policies: qwiltPolicies() });
