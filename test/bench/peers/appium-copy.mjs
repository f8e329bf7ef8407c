/**
 * Copies /DCIM with appium-ios-device's AFC client, as its users would: one file after the other, half a megabyte at a time (it takes
 * no longer answer).
 */
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { services } from "appium-ios-device";

const [udid, to] = process.argv.slice(2);
const afc = await services.startAfcService(udid);
for (const folder of (await afc.listDirectory("/DCIM")).filter((name) => !name.startsWith(".")))
  for (const name of (await afc.listDirectory(`/DCIM/${folder}`)).filter((n) => !n.startsWith("."))) {
    const path = `/DCIM/${folder}/${name}`;
    const { size } = await afc.getFileInfo(path);
    const handle = await afc.openFile(path, 1);
    const file = await open(join(to, basename(path)), "w");
    for (let at = 0; at < size; ) {
      const chunk = await afc.readFile(handle, 512 * 1024);
      if (chunk.length === 0) throw new Error(`${path} is short`);
      await file.write(chunk);
      at += chunk.length;
    }
    await file.close();
    await afc.closeFileHandle(handle);
  }
afc.close();
process.exit();
