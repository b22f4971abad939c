/** The services of drydock.v1, made from the embedded descriptor: nothing is parsed from .proto files at run time. */
import { loadPackageDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import type { ProtoGrpcType as AgentLinkTypes } from './generated/agent_link.ts';
import type { ProtoGrpcType as ArtifactsTypes } from './generated/artifacts.ts';
import descriptor from './generated/descriptor.json' with { type: 'json' };
import type { ProtoGrpcType as EnrolmentTypes } from './generated/enrolment.ts';
import type { ProtoGrpcType as OperatorTypes } from './generated/operator.ts';
import { loaderOptions } from './options.ts';

// The JSON module's inferred type is narrower than the loader's index signatures; the content is the same.
type Descriptor = Parameters<typeof fromJSON>[0];
const definition = fromJSON(descriptor as unknown as Descriptor, loaderOptions);
const loaded = loadPackageDefinition(definition) as unknown as AgentLinkTypes & ArtifactsTypes & EnrolmentTypes & OperatorTypes;

export const drydockV1 = loaded.drydock.v1;
