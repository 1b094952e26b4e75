"""What is asked of runs and of the events in their logs, as selections of GraphQL."""

RUN = """id runId status runStatus mode pipelineName jobName canTerminate pipelineSnapshotId parentPipelineSnapshotId
  rootRunId parentRunId solidSelection resolvedOpSelection stepKeysToExecute assetSelection { path }
  assetSelectionCount assetCheckSelection { name assetKey { path } } assetCheckSelectionCount runConfig runConfigYaml
  tags { key value } creationTime updateTime startTime endTime hasReExecutePermission hasTerminatePermission
  hasDeletePermission hasConcurrencyKeySlots rootConcurrencyKeys allPools hasUnconstrainedRootNodes
  hasRunMetricsEnabled externalJobSource repositoryOrigin { id repositoryName repositoryLocationName }
  pipeline { name solidSelection } assetChecks { name assetKey { path } }
  stats { ... on RunStatsSnapshot { id stepsSucceeded stepsFailed materializations expectations enqueuedTime
    launchTime startTime endTime } }
  stepStats { stepKey status startTime endTime attempts { startTime endTime } markers { startTime endTime }
    materializations { label stepKey } expectationResults { success } }"""
PLAN = """executionPlan { artifactsPersisted assetKeys { path } assetCheckKeys { name }
  steps { key kind solidHandleID metadata { key value } outputs { name } inputs { name dependsOn { key } } } }"""
METADATA = """metadataEntries { __typename label description ... on PathMetadataEntry { path }
  ... on JsonMetadataEntry { jsonString } ... on UrlMetadataEntry { url } ... on TextMetadataEntry { text }
  ... on MarkdownMetadataEntry { mdStr } ... on FloatMetadataEntry { floatValue floatRepr }
  ... on IntMetadataEntry { intValue intRepr } ... on BoolMetadataEntry { boolValue }
  ... on TimestampMetadataEntry { timestamp } ... on AssetMetadataEntry { assetKey { path } }
  ... on TableMetadataEntry { table { records schema { columns { name type constraints { nullable unique } } } } }
  ... on TableSchemaMetadataEntry { schema { constraints { other } columns { name type description } } } }"""
ERROR = "error { message className stack cause { message } errorChain { isExplicitLink error { message } } }"
EVENT = (
    """__typename ... on MessageEvent { runId message timestamp level stepKey solidHandleID eventType }
  ... on RunEvent { __typename } ... on MarkerEvent { markerStart markerEnd } ... on ErrorEvent { %s }
  ... on DisplayableEvent { label description %s }
  ... on ExecutionStepInputEvent { inputName typeCheck { success label description %s } }
  ... on ExecutionStepOutputEvent { outputName typeCheck { success label description } }
  ... on ExecutionStepFailureEvent { errorSource failureMetadata { label description %s } }
  ... on ExecutionStepUpForRetryEvent { secondsToWait }
  ... on HandledOutputEvent { outputName managerKey }
  ... on LoadedInputEvent { inputName managerKey upstreamOutputName upstreamStepKey }
  ... on LogsCapturedEvent { fileKey logKey stepKeys externalUrl pid shellCmd { stdout } }
  ... on MaterializationEvent { assetKey { path } partition tags { key value } assetLineage { partitions }
    runOrError { ... on Run { runId } } stepStats { stepKey status } }
  ... on ObservationEvent { assetKey { path } partition tags { key value } }
  ... on AssetMaterializationPlannedEvent { assetKey { path } runOrError { ... on Run { runId status } } }
  ... on AssetCheckEvaluationPlannedEvent { checkName checked: assetKey { path } }
  ... on AssetCheckEvaluationEvent { evaluation { timestamp checkName success severity description partition
    assetKey { path } targetMaterialization { storageId runId timestamp } %s } }"""
    % (ERROR, METADATA, METADATA, METADATA, METADATA)
)
