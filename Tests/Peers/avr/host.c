/* Runs an AVR firmware in simavr with its UART on a pseudo-terminal.
 *
 *     host FIRMWARE.elf LINK
 *
 * Bytes go into the emulated UART no faster than its wire carries them. Ends when its standard input closes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_irq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int terminal;
static avr_t *avr;
static avr_irq_t *input;
static volatile int ready = 1;
static volatile int done;

static void sent(struct avr_irq_t *irq, uint32_t value, void *parameter) {
    uint8_t byte = value;
    if (write(terminal, &byte, 1) != 1) { /* nobody listens */ }
}
static void takes(struct avr_irq_t *irq, uint32_t value, void *parameter) { ready = 1; }
static void full(struct avr_irq_t *irq, uint32_t value, void *parameter) { ready = 0; }

static void *wait_for_end(void *nothing) {
    char byte;
    while (read(0, &byte, 1) > 0) {}
    done = 1;
    return NULL;
}

int main(int count, char **words) {
    elf_firmware_t firmware;
    memset(&firmware, 0, sizeof firmware);
    if (count != 3 || elf_read_firmware(words[1], &firmware)) {
        fprintf(stderr, "usage: host FIRMWARE.elf LINK\n");
        return 2;
    }
    firmware.frequency = 16000000;
    strcpy(firmware.mmcu, "atmega328p");
    avr = avr_make_mcu_by_name("atmega328p");
    if (!avr) return 2;
    avr_init(avr);
    avr_load_firmware(avr, &firmware);
    avr->log = LOG_ERROR;

    terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    grantpt(terminal);
    unlockpt(terminal);
    /* Kept open on this side too, so that the line does not hang up between two programs. */
    int other = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    struct termios raw;
    tcgetattr(other, &raw);
    cfmakeraw(&raw);
    tcsetattr(other, TCSANOW, &raw);
    unlink(words[2]);
    if (symlink(ptsname(terminal), words[2])) return 2;

    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), sent, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), takes, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), full, NULL);
    input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);

    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_end, NULL);
    printf("%s\n", words[2]);
    fflush(stdout);
    avr_cycle_count_t next = 0;
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (!done) {
        int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) return 1;
        if (avr->cycle < next) continue;
        /* A byte of ten bits at 115200 baud lasts 1389 cycles. */
        next = avr->cycle + 1389;
        uint8_t byte;
        if (ready && read(terminal, &byte, 1) == 1) avr_raise_irq(input, byte);
        /* No faster than the real one. */
        clock_gettime(CLOCK_MONOTONIC, &now);
        long long real = (now.tv_sec - start.tv_sec) * 1000000000LL + now.tv_nsec - start.tv_nsec;
        long long emulated = (long long)(avr->cycle * 62.5);
        if (emulated > real + 1000000) usleep((emulated - real) / 1000);
    }
    unlink(words[2]);
    return 0;
}
