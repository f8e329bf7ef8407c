/** A catalog's database whose every statement tells its errors as ours: a disk that fails may show in any of them. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { catalogError } from "./file.ts";

/** The same database; only its errors are others. */
export function guarded(db: DatabaseSync, file: string): DatabaseSync {
  return wrap(db, file, (key, result) =>
    key === "prepare" ? guardedStatement(result as StatementSync, file) : result,
  );
}

function guardedStatement(statement: StatementSync, file: string): StatementSync {
  return wrap(statement, file, (key, result) =>
    key === "iterate" ? guardedRows(result as Iterable<never>, file) : result,
  );
}

function* guardedRows<T>(rows: Iterable<T>, file: string): Generator<T, void, undefined> {
  try {
    yield* rows;
  } catch (error) {
    throw catalogError(file, error);
  }
}

function wrap<T extends object>(object: T, file: string, on: (key: string | symbol, result: unknown) => unknown): T {
  const methods = new Map<string | symbol, unknown>();
  return new Proxy(object, {
    get(target, key) {
      const known = methods.get(key);
      if (known) return known;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      const method = (...args: unknown[]): unknown => {
        try {
          return on(key, Reflect.apply(value, target, args));
        } catch (error) {
          throw catalogError(file, error);
        }
      };
      methods.set(key, method);
      return method;
    },
  });
}
