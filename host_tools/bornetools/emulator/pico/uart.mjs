// The RP2040's UART, a PL011 (RP2040 data sheet, section 4.2), in place of rp2040js's: with both FIFOs of 32
// bytes, levels and timeout of their interrupts, and the time that a byte takes. A byte that comes while the
// receive FIFO is full is lost, as on the chip: that happens while interrupts are off for the flash.

import { BasePeripheral } from 'rp2040js';

const DR = 0x00, RSR = 0x04, FR = 0x18, IBRD = 0x24, FBRD = 0x28, LCR_H = 0x2c, CR = 0x30;
const IFLS = 0x34, IMSC = 0x38, RIS = 0x3c, MIS = 0x40, ICR = 0x44, DMACR = 0x48;

const RX_INTERRUPT = 1 << 4, TX_INTERRUPT = 1 << 5, TIMEOUT_INTERRUPT = 1 << 6, OVERRUN_INTERRUPT = 1 << 10;
const OVERRUN = 1 << 11; // of DR
const FIFOS = 1 << 4; // of LCR_H
const RX_EMPTY = 1 << 4, TX_FULL = 1 << 5, RX_FULL = 1 << 6, TX_EMPTY = 1 << 7, BUSY = 1 << 3; // of FR
const LEVELS = [4, 8, 16, 24, 28]; // of IFLS
const FIFO_SIZE = 32;
const BITS = 10; // 8N1
const TIMEOUT_BITS = 32;

export class Uart extends BasePeripheral {
  // `onByte(byte)` is called when a byte has been sent, `onIdle()` when the last one has.
  constructor(mcu, name, irq) {
    super(mcu, name);
    this.irq = irq;
    this.onByte = () => {};
    this.onIdle = () => {};
    this.lost = 0;
    this.registers = new Map([[IFLS, 0x12], [CR, 0x300]]);
    this.raw = this.mask = 0;
    this.sending = [];
    this.received = [];
    this.line = []; // bytes on their way to the chip
    this.overran = false;
    this.sender = mcu.clock.createAlarm(() => this.#sent());
    this.receiver = mcu.clock.createAlarm(() => this.#arrived());
    this.timeout = mcu.clock.createAlarm(() => this.#raise(TIMEOUT_INTERRUPT));
  }

  // Bytes from the other end, one after the other at the line's rate.
  feed(data) {
    if (data.length && !this.line.length) this.receiver.schedule(this.#nanos(BITS));
    this.line.push(...data);
  }

  clkPeriChanged() {} // rp2040js calls it; the baud rate is always made anew

  #get(offset) {
    return this.registers.get(offset) ?? 0;
  }

  #nanos(bits) {
    const divider = this.#get(IBRD) + this.#get(FBRD) / 64 || 1;
    return (bits * 16 * divider * 1e9) / this.rp2040.clkPeri;
  }

  get #depth() {
    return this.#get(LCR_H) & FIFOS ? FIFO_SIZE : 1;
  }

  get #rxLevel() {
    return this.#get(LCR_H) & FIFOS ? LEVELS[(this.#get(IFLS) >> 3) & 7] : 1;
  }

  get #txLevel() {
    return this.#get(LCR_H) & FIFOS ? FIFO_SIZE - LEVELS[4 - (this.#get(IFLS) & 7)] : 0;
  }

  #raise(bits) {
    this.raw |= bits;
    this.#update();
  }

  #clear(bits) {
    this.raw &= ~bits;
    this.#update();
  }

  #update() {
    this.rp2040.setInterrupt(this.irq, !!(this.raw & this.mask));
  }

  #arrived() {
    const byte = this.line.shift();
    if (this.line.length) this.receiver.schedule(this.#nanos(BITS));
    if (this.received.length >= this.#depth) {
      this.lost++;
      this.overran = true;
      this.#raise(OVERRUN_INTERRUPT);
      return;
    }
    this.received.push(this.overran ? byte | OVERRUN : byte);
    this.overran = false;
    if (this.received.length >= this.#rxLevel) this.#raise(RX_INTERRUPT);
    this.timeout.schedule(this.#nanos(TIMEOUT_BITS));
  }

  #sent() {
    const byte = this.sending.shift();
    if (this.sending.length) this.sender.schedule(this.#nanos(BITS));
    this.onByte(byte);
    if (this.sending.length === this.#txLevel) this.#raise(TX_INTERRUPT);
    if (!this.sending.length) this.onIdle();
  }

  #read() {
    const word = this.received.shift() ?? 0;
    if (this.received.length < this.#rxLevel) this.raw &= ~RX_INTERRUPT;
    if (!this.received.length) {
      this.timeout.cancel();
      this.raw &= ~TIMEOUT_INTERRUPT;
    } else {
      this.timeout.schedule(this.#nanos(TIMEOUT_BITS));
    }
    this.#update();
    return word;
  }

  #write(byte) {
    if (this.sending.length >= this.#depth) return; // the program has not looked at FR: lost
    if (!this.sending.length) this.sender.schedule(this.#nanos(BITS));
    this.sending.push(byte);
    if (this.sending.length > this.#txLevel) this.#clear(TX_INTERRUPT);
  }

  readUint32(offset) {
    switch (offset) {
      case DR:
        return this.#read();
      case FR:
        return (
          (this.received.length ? 0 : RX_EMPTY) |
          (this.received.length >= this.#depth ? RX_FULL : 0) |
          (this.sending.length ? BUSY : TX_EMPTY) |
          (this.sending.length >= this.#depth ? TX_FULL : 0)
        );
      case IMSC:
        return this.mask;
      case RIS:
        return this.raw;
      case MIS:
        return this.raw & this.mask;
      default:
        return this.#get(offset);
    }
  }

  writeUint32(offset, value) {
    switch (offset) {
      case DR:
        this.#write(value & 0xff);
        break;
      case IMSC:
        this.mask = value & 0x7ff;
        this.#update();
        break;
      case ICR:
        this.#clear(this.rawWriteValue);
        break;
      case RSR:
        break;
      default:
        if ([IBRD, FBRD, LCR_H, CR, IFLS, DMACR].includes(offset)) this.registers.set(offset, value);
    }
  }
}
