/** The units that start the watcher: a path is one argument, whatever is in it, and `off` knows everything that `on` leaves. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import {
  launchdUnit,
  systemdUnit,
  taskSchedulerUnit,
  type UnitOptions,
  windowsWord,
} from "../../src/autosave/units/index.ts";
import { parseXmlPlist } from "../../src/device/wire/xml-plist.ts";

const nasty = `/opt/a b/"q"/back\\slash\\/100% $HOME \${X} 'x' ; & <é> %h\ttab`;
const options = (change: Partial<UnitOptions> = {}): UnitOptions => ({
  env: {
    HOME: "/home/ann",
    OFFROLL_DATA_DIR: "/mnt/a b/%h$x",
    USBMUXD_SOCKET_ADDRESS: 'UNIX:/run/m"x',
    OFFROLL_EMPTY: "",
  },
  home: "/home/ann",
  command: [process.execPath, nasty, "autosave", "run"],
  dataFolder: "/home/ann/.local/share/offroll",
  user: { id: 1000, name: "PC\\ann & co" },
  ...change,
});

const systemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

test.runIf(systemd)("systemd accepts the service without a complaint, and complains of a broken one", () => {
  const home = mkdtempSync(join(tmpdir(), "offroll-unit-"));
  const { file } = systemdUnit(options({ home, env: { ...options().env, XDG_CONFIG_HOME: join(home, "con fig") } }));
  expect(file.path).toBe(join(home, "con fig/systemd/user/offroll-autosave.service"));
  mkdirSync(dirname(file.path), { recursive: true });
  const verify = (text: string): string => {
    writeFileSync(file.path, text);
    const env = { PATH: process.env["PATH"], HOME: home, XDG_RUNTIME_DIR: home };
    const { stdout, stderr, status } = spawnSync("systemd-analyze", ["--user", "verify", file.path], {
      encoding: "utf8",
      env,
    });
    return `${status}: ${stdout}${stderr}`;
  };
  expect(verify(file.text)).toBe("0: ");
  expect(verify(file.text.replace(process.execPath, "/no/such/program"))).toContain("/no/such/program");
});

test("a word of systemd's keeps every character, and takes no variable and no specifier", () => {
  const { text } = systemdUnit(options()).file;
  expect(text).toContain(
    `"/opt/a b/\\"q\\"/back\\\\slash\\\\/100%% $$HOME $\${X} 'x' ; & <é> %%h\\x09tab" "autosave" "run"\n`,
  );
  expect(text).toContain(
    'Environment="OFFROLL_DATA_DIR=/mnt/a b/%%h$x"\nEnvironment="USBMUXD_SOCKET_ADDRESS=UNIX:/run/m\\"x"\n',
  );
  expect(text).not.toContain("HOME=");
  expect(
    systemdUnit(options({ command: ["/a\n[Service]\nExecStart=/b"] })).file.text.match(/^ExecStart=.*$/gm),
  ).toEqual(['ExecStart="/a\\x0a[Service]\\x0aExecStart=/b"']);
});

test("launchd's agent gives back what was put in", () => {
  const { file, removes } = launchdUnit(options());
  expect(parseXmlPlist(file.text)).toMatchObject({
    Label: "offroll.autosave",
    ProgramArguments: options().command,
    EnvironmentVariables: { OFFROLL_DATA_DIR: "/mnt/a b/%h$x", USBMUXD_SOCKET_ADDRESS: 'UNIX:/run/m"x' },
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
  });
  expect(removes).toEqual([file.path]);
});

test.each([
  ["a b", '"a b"'],
  ['say "x"', '"say \\"x\\""'],
  ["C:\\dir\\", '"C:\\dir\\\\"'],
  ['a\\"b', '"a\\\\\\"b"'],
  ["", '""'],
])("Windows takes %s apart as one argument", (word, written) => {
  expect(windowsWord(word)).toBe(written);
});

test("Task Scheduler's task is UTF-16, starts for its person alone, and tells which variables it will not have", () => {
  const { file, leftOut } = taskSchedulerUnit(
    options({ command: ["C:\\Program Files\\node.exe", "C:\\a & b\\o.cjs"] }),
  );
  expect(Buffer.from(file.text, file.encoding).subarray(0, 4)).toEqual(Buffer.from([0xff, 0xfe, 0x3c, 0]));
  expect(file.text).toContain("<Command>C:\\Program Files\\node.exe</Command>");
  expect(file.text).toContain('<Arguments>"C:\\a &amp; b\\o.cjs"</Arguments>');
  expect(file.text.match(/<UserId>PC\\ann &amp; co<\/UserId>/g)).toHaveLength(2);
  expect(leftOut).toEqual(["OFFROLL_DATA_DIR", "USBMUXD_SOCKET_ADDRESS"]);
});

test.each([
  ["systemd", systemdUnit, "/a\0b"],
  ["launchd", launchdUnit, "/a\u0001b"],
  ["launchd", launchdUnit, "/half a pair \ud800"],
  ["Task Scheduler", taskSchedulerUnit, "C:\\%TEMP%\\o.cjs"],
  ["Task Scheduler", taskSchedulerUnit, "C:\\$(Arg0)\\o.cjs"],
])("%s is not given a path that it would read as another", (_, unit, path) => {
  expect(() => unit(options({ command: ["/usr/bin/node", path] }))).toThrow(/would mean something else/);
});

test.each([
  ["systemd", systemdUnit],
  ["launchd", launchdUnit],
  ["Task Scheduler", taskSchedulerUnit],
])("%s: the same installation is the same unit, and its file is among what off removes", (_, unit) => {
  const plain = options({ command: ["/usr/bin/node", "/opt/offroll.cjs"] });
  expect(unit(plain)).toEqual(unit(plain));
  const { removes, file, on, off } = unit(plain);
  expect(removes).toContain(file.path);
  expect(on.length).toBeGreaterThan(0);
  expect(off.length).toBeGreaterThan(0);
});
