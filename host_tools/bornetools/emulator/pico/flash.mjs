// The Pico's flash, a W25Q16JV: the boot ROM's functions that erase and program it, its times, and power that
// fails at any of these writes. Its content is in a file, which has each write at once: it outlives the machine.

import fs from 'node:fs';

export const SIZE = 2 * 1024 * 1024;
const SECTOR = 4096, PAGE = 256;
// Typical times: Winbond's data sheet of the W25Q16JV, AC electrical characteristics.
const ERASE_SECTOR = 45e6, ERASE_BLOCK = 150e6, PROGRAM = 0.4e6; // ns
const BREAK_ERASE = 0x71, BREAK_PROGRAM = 0x72; // operands of BKPT instructions in the boot ROM
const BKPT = 0xbe00;
const FUNCTIONS = 0x14; // of the boot ROM, a pointer to its table: RP2040 data sheet, section 2.8.3.1

export class Flash {
  // `cut`: the write, counted from 1, that power fails at, halfway through it; 0: none. `onCut()` is called then.
  constructor(mcu, path, cut, onCut) {
    this.mcu = mcu;
    this.file = fs.openSync(path, 'r+');
    this.cut = cut;
    this.onCut = onCut;
    this.writes = this.erased = this.programmed = 0;
    this.busyUntil = 0;
    fs.readSync(this.file, mcu.flash, 0, SIZE, 0);
    const rom = new Uint16Array(mcu.bootrom.buffer);
    for (let at = rom[FUNCTIONS / 2] / 2; rom[at]; at += 2) {
      const code = String.fromCharCode(rom[at] & 0xff, rom[at] >> 8);
      if (code === 'RE') rom[rom[at + 1] >> 1] = BKPT | BREAK_ERASE;
      if (code === 'RP') rom[rom[at + 1] >> 1] = BKPT | BREAK_PROGRAM;
    }
  }

  // Does what the BKPT instruction `operand` stands for; false: it is not one of these.
  called(operand) {
    const { registers } = this.mcu.core;
    if (operand === BREAK_ERASE) this.#erase(registers[0], registers[1], registers[2]);
    else if (operand === BREAK_PROGRAM) this.#program(registers[0], registers[1], registers[2]);
    else return false;
    this.mcu.core.PC = registers[14] & ~1; // return
    return true;
  }

  #erase(start, size, block) {
    for (let at = start; at < start + size; ) {
      const whole = block && at % block === 0 && at + block <= start + size;
      const step = whole ? block : SECTOR;
      this.#write(at, new Uint8Array(step).fill(0xff), whole ? ERASE_BLOCK : ERASE_SECTOR);
      this.erased += step / SECTOR;
      at += step;
    }
  }

  #program(start, source, size) {
    for (let at = 0; at < size; at += PAGE) {
      const page = new Uint8Array(Math.min(PAGE, size - at));
      // A bit is only ever programmed from 1 to 0.
      for (let i = 0; i < page.length; i++) {
        page[i] = this.mcu.flash[start + at + i] & this.mcu.readUint8(source + at + i);
      }
      this.#write(start + at, page, PROGRAM);
      this.programmed++;
    }
  }

  #write(at, data, nanos) {
    this.writes++;
    const torn = this.writes === this.cut;
    const done = torn ? data.subarray(0, data.length / 2) : data;
    this.mcu.flash.set(done, at);
    fs.writeSync(this.file, done, 0, done.length, at);
    this.busyUntil = Math.max(this.busyUntil, this.mcu.clock.nanos) + nanos;
    if (torn) this.onCut();
  }
}
