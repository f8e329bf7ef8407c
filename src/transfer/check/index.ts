/** Looking at what was copied, and mending it: verify, repair, compare with the phone, settle, rebuild. No run starts here. */
export { type ChangeOptions, changeCatalog } from "./change-catalog.ts";
export { keepFindings } from "./findings.ts";
export { filesInDestination, filesOnPhone, type GoodFiles } from "./good-files.ts";
export { findFiles, findIgnored, ignoreRemoved } from "./ignoring.ts";
export { type CopiedPart, inspectInThread } from "./inspect-in-thread.ts";
export { type MissingResult, missingFrom, type NotCounted } from "./missing.ts";
export { type RebuildResult, rebuildCatalog } from "./rebuild.ts";
export { type Repaired, repairFiles } from "./repair.ts";
export { type Finding, type VerifyResult, verifyDestination } from "./verify.ts";
