// An emulated Raspberry Pi Pico, wired as its pin table says. node pico.mjs SETTINGS.json
//
// The chip is npm's rp2040js, of which this replaces what is wrong or too simple: UART, the USB host, the flash,
// the time of the I2C bus, and what happens when the watchdog resets the chip. The parts around it are here, or
// at the ends of ttys on the Python side (emulator/machine/pico.py), with which it shares its time.

import fs from 'node:fs';
import { ConsoleLogger, LogLevel, RP2040 } from 'rp2040js';
import { Board } from './board.mjs';
import { Counts, Heap, Profile } from './counts.mjs';
import { Flash } from './flash.mjs';
import { Line, Panel, SharedTime } from './lines.mjs';
import { Uart } from './uart.mjs';
import { UsbPort } from './usb.mjs';

const CYCLE = 8; // ns, at 125 MHz
const QUEUE_MAX = 4096; // bytes for the USB port that are not left on the line
const SLICE = 500_000; // ns between two meetings with the other side
const BOOT = 0x10000000; // the second stage of the boot loader: the first ends there
const WATCHDOG = 0x40058, UART = [0x40034, 0x40038], UART_IRQ = [20, 21];
const CHIP_RESET = 3, POWER_CUT = 4; // exit statuses

const settings = JSON.parse(fs.readFileSync(process.argv[2]));
const time = new SharedTime(settings.pipes);
const mcu = new RP2040();
mcu.logger = new ConsoleLogger(LogLevel.Error);
mcu.loadBootrom(new Uint32Array(new Uint8Array(fs.readFileSync(settings.bootrom)).buffer));
const { clock, core } = mcu;

let instructions = 0, cycles = 0;
let ends = null; // the exit status, once the machine has to end
let meets = false; // at once, not at the end of the slice

const flash = new Flash(mcu, settings.flash, settings.cut, () => (ends = POWER_CUT));
mcu.onBreak = (operand) => {
  if (!flash.called(operand)) throw new Error(`breakpoint ${operand} at ${core.PC.toString(16)}`);
};

const watchdog = mcu.peripherals[WATCHDOG];
watchdog.onWatchdogTrigger = () => {
  ends = CHIP_RESET;
  watchdog.alarm.enable = false; // at zero it would ring for ever
};
if (fs.existsSync(settings.state)) {
  // The chip has been reset: RAM, the watchdog's reason and its scratch registers are kept.
  const state = JSON.parse(fs.readFileSync(settings.state));
  watchdog.reason = state.reason;
  watchdog.scratchData.set(state.scratch);
  mcu.sram.set(Buffer.from(state.ram, 'base64'));
}

// In this order, at the time when it happens here.
const outbox = [];
const post = (what) => {
  outbox.push(what);
  meets = true;
};

const uarts = UART.map((base, number) => {
  const uart = new Uart(mcu, `UART${number}`, UART_IRQ[number]);
  mcu.peripherals[base] = mcu.uart[number] = uart;
  return uart;
});
const reader = new Line(settings.reader), link = new Line(settings.link);
const said = []; // by the USB port in this slice
const usb = new UsbPort(mcu, (data) => said.push(data));
const panel = new Panel(settings.panel);
const board = new Board(mcu, settings.pins, panel, uarts, reader, post);
const counts = new Counts(settings.counts);
const heap = new Heap(mcu);
const profile = settings.profile ? new Profile(settings.profile) : null;

core.PC = BOOT;

// Runs the machine until its time is `end`.
function run(end) {
  while (clock.nanosCounter < end && ends === null && !meets) {
    if (clock.nanosCounter < flash.busyUntil) {
      pause(Math.min(end, flash.busyUntil) - clock.nanosCounter);
    } else if (core.waiting) {
      const next = clock.nextAlarm ? clock.nanosToNextAlarm : SLICE;
      pause(Math.max(CYCLE, Math.min(next, end - clock.nanosCounter)));
    } else {
      const took = core.executeInstruction();
      instructions++;
      cycles += took;
      clock.nanosCounter += took * CYCLE;
      if (clock.nextAlarm !== null && clock.nextAlarm.nanos <= clock.nanosCounter) clock.tick(0);
      if (profile && cycles >= profile.next) profile.take(cycles, core.PC);
    }
  }
}

function pause(nanos) {
  cycles += nanos / CYCLE;
  clock.tick(nanos);
}

function count(now) {
  profile?.write();
  const { free, piece, size } = heap.look();
  const lost = uarts[0].lost + uarts[1].lost;
  counts.write(now, instructions, cycles, free, piece, size, flash.writes, flash.erased, flash.programmed, lost);
}

function meet() {
  meets = false;
  board.look();
  const now = clock.nanosCounter;
  count(now); // before anybody hears what is said, and looks
  link.write(Buffer.concat(said.splice(0)));
  time.pass(now);
  if (outbox.length) {
    for (const what of outbox.splice(0)) what();
    time.pass(now);
  }
  board.take(reader.read());
  if (usb.queue.length < QUEUE_MAX) usb.send(link.read());
}

meet();
while (ends === null) {
  run(clock.nanosCounter + SLICE);
  meet();
}
if (ends === CHIP_RESET) {
  const { reason, scratchData } = watchdog;
  const ram = Buffer.from(mcu.sram).toString('base64');
  fs.writeFileSync(settings.state, JSON.stringify({ reason, scratch: [...scratchData], ram }));
}
process.exit(ends);
