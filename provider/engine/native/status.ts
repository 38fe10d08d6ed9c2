/** Errors as gRPC statuses; a partial failure carries the resource's state, which the engine saves. */
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { isPartialFailure, plainError } from "../error-boundary.ts";
import { withoutHidden } from "../resource-properties.ts";
import { toStruct } from "./values.ts";

export function statusOf(thrown: unknown): ServiceError {
  const metadata = new Metadata();
  const message = thrown instanceof Error ? thrown.message : plainError(thrown).message;
  if (isPartialFailure(thrown)) {
    const detail = new ErrorResourceInitFailed();
    detail.setId(thrown.id);
    detail.setProperties(toStruct(withoutHidden(thrown.properties)));
    detail.setReasonsList(thrown.reasons);
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const whole = new Status();
    whole.setCode(status.UNKNOWN);
    whole.setMessage(message);
    whole.addDetails(packed);
    // Go's gRPC reads it as the details of the status.
    metadata.add("grpc-status-details-bin", Buffer.from(whole.serializeBinary()));
  }
  return { name: "Error", message, code: status.UNKNOWN, details: message, metadata };
}
