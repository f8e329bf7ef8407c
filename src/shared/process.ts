/** Other processes of this computer. */
import { kill, pid } from "node:process";

/** This one's id. */
export const ownPid = pid;

/** Whether nobody has this process id any more; one that may not be asked after is there. */
export function isProcessGone(pid: number): boolean {
  try {
    kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
