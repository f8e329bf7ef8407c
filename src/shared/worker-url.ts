/** Where a worker's file is: beside its caller, TypeScript as source and JavaScript in the bundle. @param base `import.meta.url` */
export function workerUrl(base: string, name: string): URL {
  return new URL(`./${name}${base.endsWith(".ts") ? ".ts" : ".js"}`, base);
}
