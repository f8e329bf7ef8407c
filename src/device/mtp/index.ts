/** Android phones and cameras over USB: container -> connection -> client -> listing -> `MtpSource`. Read first: mtp-connection.ts. */
export { isAdb, mtpCandidates } from "./mtp-phone.ts";
export { MtpRoute } from "./mtp-route.ts";
