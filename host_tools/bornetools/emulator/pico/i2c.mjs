// The chips on an I2C bus, and the time that the bus takes: nine clocks a byte.
//
// A chip has written(bytes), for each transfer of bytes to it, and read(), the next byte from it; `begun(reads)`,
// if it has it, says whether it answers at its address; ended() is called after a transfer; for `stretch`
// nanoseconds, if it has it, it holds the clock after its address.

const NANOS = 8; // of clk_sys at 125 MHz, which the controller divides

export class I2cBus {
  // `chips` is a Map from addresses.
  constructor(controller, chips) {
    this.controller = controller;
    this.chips = chips;
    this.bytes = 0;
    this.chip = null;
    this.message = null; // bytes of the transfer under way, to the chip
    let then = () => {};
    const alarm = controller.rp2040.clock.createAlarm(() => then());
    const after = (bits, what, more = 0) => {
      then = what;
      alarm.schedule(bits * this.#bit() + more);
    };
    controller.onStart = () => {
      this.#end();
      after(1, () => controller.completeStart());
    };
    controller.onConnect = (address, mode) => {
      const chip = this.chips.get(address);
      const reads = mode === 1;
      this.chip = chip && (!chip.begun || chip.begun(reads)) ? chip : null;
      this.message = this.chip && !reads ? [] : null;
      after(9, () => controller.completeConnect(!!this.chip), this.chip?.stretch ?? 0);
    };
    controller.onWriteByte = (value) => {
      this.bytes++;
      this.message.push(value);
      after(9, () => controller.completeWrite(true));
    };
    controller.onReadByte = () => {
      this.bytes++;
      const value = this.chip.read();
      after(9, () => controller.completeRead(value));
    };
    controller.onStop = () => {
      after(1, () => {
        this.#end();
        this.chip = null;
        controller.completeStop();
      });
    };
  }

  #bit() {
    return (this.controller.sclHighPeriod + this.controller.sclLowPeriod) * NANOS;
  }

  #end() {
    if (this.message) this.chip.written(Uint8Array.from(this.message));
    else this.chip?.ended?.();
    this.message = null;
  }
}
