/**
 * Notifications: what a notice says, and the program of the system that shows it. Promises: a phone's name is text and nothing else,
 * and a system without notifications loses nothing. Read first: notice-words.ts.
 */
export { type Notifier, notifier } from "./notifier.ts";
