/**
 * What a face may know and ask of backing up by itself. Given by whoever starts both: no face imports the other, and a face without it
 * says nothing of it.
 */

/** How it stands for one phone. */
export interface AutosaveLook {
  /** A person set the phone up. True also where that cannot be read: then nothing is offered. */
  readonly isSetUp: boolean;
  /** The destination that a run copies this phone to now. */
  readonly copyingTo?: string | undefined;
}

export interface AutosaveDesk {
  look(phone: string): AutosaveLook;
  /** True once for each phone: whoever is told so asks its person. Nothing is noted for a phone that is set up. */
  offerOnce(phone: string): boolean;
  /** The phone's run is asked to end in order; nothing new begins while the place is in use. */
  takeOver(phone: string): void;
  /** Sets the phone up and installs the service. @returns what there is to say of it, also where it failed. Throws nothing. */
  turnOn(phone: string, to: string): Promise<readonly string[]>;
}
