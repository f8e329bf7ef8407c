/** Protobuf on the wire, for messages whose schema is known in part: unknown fields pass. Source: protobuf.dev/programming-guides/encoding. */

/** What is wrong with one, in words that follow a colon. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

/** The fields of one message, by their numbers. */
export class ProtoMessage {
  readonly #fields = new Map<number, (number | Uint8Array)[]>();

  /** @throws {ProtobufError} */
  constructor(bytes: Uint8Array) {
    let at = 0;
    const varint = (): number => {
      let [value, scale] = [0, 1];
      for (let i = 0; i < 10; i += 1) {
        const byte = bytes[at];
        if (byte === undefined) throw new ProtobufError("it ends too early");
        at += 1;
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value;
        scale *= 128;
      }
      throw new ProtobufError("a number is too long");
    };
    const take = (length: number): Uint8Array => {
      if (length > bytes.length - at) throw new ProtobufError("it ends too early");
      at += length;
      return bytes.subarray(at - length, at);
    };
    while (at < bytes.length) {
      const key = varint();
      const wire = key % 8;
      const value =
        wire === 0 ? varint() : wire === 1 ? take(8) : wire === 2 ? take(varint()) : wire === 5 ? take(4) : undefined;
      if (value === undefined) throw new ProtobufError(`a field of unknown kind ${wire}`);
      const field = Math.floor(key / 8);
      const known = this.#fields.get(field);
      if (known) known.push(value);
      else this.#fields.set(field, [value]);
    }
  }

  number(field: number): number | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return typeof value === "number" ? value : undefined;
  }

  bytes(field: number): Uint8Array | undefined {
    return this.allBytes(field).at(-1);
  }

  allBytes(field: number): Uint8Array[] {
    return (this.#fields.get(field) ?? []).filter((value) => typeof value !== "number");
  }

  text(field: number): string | undefined {
    const value = this.bytes(field);
    return value && Buffer.from(value).toString("utf8");
  }

  /** The message in a field; undefined where there is none. @throws {ProtobufError} */
  message(field: number): ProtoMessage | undefined {
    const value = this.bytes(field);
    return value && new ProtoMessage(value);
  }

  messages(field: number): ProtoMessage[] {
    return this.allBytes(field).map((value) => new ProtoMessage(value));
  }

  /** Through messages in messages. */
  path(...fields: readonly number[]): ProtoMessage | undefined {
    return fields.reduce<ProtoMessage | undefined>((message, field) => message?.message(field), this);
  }
}
