/* A servo controller on an ATmega328P: the compact protocol of a Pololu Maestro over the UART at 115200 baud.
 *
 * It keeps 24 targets and answers as the manual says (Pololu 0J40, 5.e): set target 84, set multiple targets 9F, set speed
 * 87, set acceleration 89, get position 90, get moving state 93, get errors A1. For the test alone, F0 answers how many
 * commands it has understood (four bytes, low first) and F1 CHANNEL the least and greatest target of a channel (four
 * bytes). It is written from the manual, not from Mien.
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <stdint.h>

#define CHANNELS 24

static volatile uint8_t ring[256];
static volatile uint8_t head;
static uint8_t tail;

static uint16_t target[CHANNELS], least[CHANNELS], greatest[CHANNELS];
static uint16_t errors;
static uint32_t commands;

ISR(USART_RX_vect) {
    uint8_t status = UCSR0A;
    uint8_t byte = UDR0;
    if (status & _BV(FE0)) errors |= 1;
    if (status & _BV(DOR0)) errors |= 2;
    if ((uint8_t)(head + 1) == tail) { errors |= 4; return; }
    ring[head++] = byte;
}

static void send(uint8_t byte) {
    while (!(UCSR0A & _BV(UDRE0))) {}
    UDR0 = byte;
}

static void set(uint8_t channel, uint16_t value) {
    if (channel >= CHANNELS) { errors |= 16; return; }
    target[channel] = value;
    if (value == 0) return;
    if (value < least[channel]) least[channel] = value;
    if (value > greatest[channel]) greatest[channel] = value;
}

static uint8_t command, count, data[2 + 2 * CHANNELS];

/* How many data bytes a command has; 255 for one that is not known. A set of several targets says it in its first byte. */
static uint8_t wanted(void) {
    switch (command) {
    case 0x84: case 0x87: case 0x89: return 3;
    case 0x90: case 0xF1: return 1;
    case 0x93: case 0xA1: case 0xA2: case 0xF0: return 0;
    case 0x9F: return count == 0 ? 2 : data[0] <= CHANNELS ? 2 + 2 * data[0] : 255;
    default: return 255;
    }
}

static void obey(void) {
    commands++;
    switch (command) {
    case 0x84: set(data[0], data[1] | (uint16_t)data[2] << 7); break;
    case 0x9F:
        for (uint8_t i = 0; i < data[0]; i++) set(data[1] + i, data[2 + 2 * i] | (uint16_t)data[3 + 2 * i] << 7);
        break;
    case 0x90: {
        uint16_t value = data[0] < CHANNELS ? target[data[0]] : 0;
        send(value & 0xFF);
        send(value >> 8);
        break;
    }
    case 0x93: send(0); break;
    case 0xA1: send(errors & 0xFF); send(errors >> 8); errors = 0; break;
    case 0xF0: for (uint8_t i = 0; i < 4; i++) send(commands >> (8 * i)); break;
    case 0xF1: {
        uint8_t channel = data[0] < CHANNELS ? data[0] : 0;
        send(least[channel] & 0xFF);
        send(least[channel] >> 8);
        send(greatest[channel] & 0xFF);
        send(greatest[channel] >> 8);
        break;
    }
    default: break;
    }
    command = 0;
}

static void receive(uint8_t byte) {
    if (byte & 0x80) {
        if (command) errors |= 16; /* the last one was cut off */
        command = byte;
        count = 0;
    } else if (command) {
        data[count++] = byte;
    } else {
        errors |= 16;
        return;
    }
    uint8_t length = wanted();
    if (length == 255) { errors |= 16; command = 0; return; }
    if (count == length) obey();
}

int main(void) {
    for (uint8_t i = 0; i < CHANNELS; i++) least[i] = 0xFFFF;
    UBRR0 = 16; /* 115200 baud at 16 MHz and double speed */
    UCSR0A = _BV(U2X0);
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
    sei();
    for (;;) {
        if (tail != head) receive(ring[tail++]);
    }
}
