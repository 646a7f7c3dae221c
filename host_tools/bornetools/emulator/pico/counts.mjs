// What can be measured from outside: instructions, cycles, MicroPython's heap, and where the cycles go.

import fs from 'node:fs';

const RAM = 0x20000000;
const UNIT = 16; // bytes of a block: MicroPython's py/gc.c, with 32 bits
const PER_BYTE = 4; // blocks in a byte of the allocation table
const LENGTH_MIN = 512; // bytes of a table: a heap of 32 KiB
const LOOK_EVERY = 10e6; // ns
const SAMPLE_STEP = 9973; // cycles

// Where mp_state_ctx describes the heap: allocation table, its length, and further on start and end of the pool.
// Found by what it has to say, so that no image needs its symbols; looked for at most once in a while.
export class Heap {
  constructor(mcu) {
    this.mcu = mcu;
    this.words = new Uint32Array(mcu.sram.buffer);
    this.at = this.pool = 0;
    this.next = 0;
  }

  // Free bytes, the largest piece of them, and all bytes.
  look() {
    if (!this.#isHere(this.at, this.pool) && !this.#find()) return { free: 0, piece: 0, size: 0 };
    const start = this.words[this.at] - RAM, length = this.words[this.at + 1];
    let free = 0, run = 0, most = 0;
    for (let at = start; at < start + length; at++) {
      const four = this.mcu.sram[at];
      if (four === 0) {
        free += PER_BYTE;
        run += PER_BYTE;
        if (run > most) most = run;
        continue;
      }
      for (let shift = 0; shift < 8; shift += 2) {
        run = (four >> shift) & 3 ? 0 : run + 1;
        if (run) free++;
        if (run > most) most = run;
      }
    }
    return { free: free * UNIT, piece: most * UNIT, size: length * PER_BYTE * UNIT };
  }

  #find() {
    if (this.mcu.clock.nanos < this.next) return false;
    this.next = this.mcu.clock.nanos + LOOK_EVERY;
    for (let at = 0; at + 5 < this.words.length; at++) {
      for (const pool of [at + 2, at + 3]) {
        if (!this.#isHere(at, pool)) continue;
        this.at = at;
        this.pool = pool;
        return true;
      }
    }
    return false;
  }

  #isHere(at, pool) {
    const table = this.words[at], length = this.words[at + 1];
    const start = this.words[pool], end = this.words[pool + 1];
    return (
      table > RAM && length >= LENGTH_MIN && start >= table + length && end - start === length * PER_BYTE * UNIT &&
      end <= RAM + this.mcu.sram.length
    );
  }
}

// A file that has the present counts, for the other side to read whenever time stands still.
export class Counts {
  constructor(path) {
    this.file = fs.openSync(path, 'w');
    this.row = new Float64Array(10);
  }

  write(...values) {
    this.row.set(values);
    fs.writeSync(this.file, this.row, 0, this.row.byteLength, 0);
  }
}

// A file of program counters, 32 bits each, sampled at a step of cycles that shares no factor with most loops.
export class Profile {
  constructor(path) {
    this.file = fs.openSync(path, 'w');
    this.next = 0;
    this.samples = [];
  }

  take(cycles, pc) {
    this.next = cycles + SAMPLE_STEP;
    this.samples.push(pc);
  }

  write() {
    fs.writeSync(this.file, Uint32Array.from(this.samples));
    this.samples = [];
  }
}
