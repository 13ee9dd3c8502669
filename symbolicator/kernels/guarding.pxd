# The C of guarding.py.
cimport cython

cdef extern from *:
    """
    #if defined(__unix__) || defined(__APPLE__)
    #include <errno.h>
    #include <signal.h>
    #include <stdint.h>
    #include <sys/mman.h>
    #include <unistd.h>

    #ifndef MAP_ANONYMOUS
    #define MAP_ANONYMOUS MAP_ANON
    #endif
    #define SYMBOLICATOR_GUARDS 256

    static struct { volatile uintptr_t start, end; volatile int lost; } symbolicator_guards[SYMBOLICATOR_GUARDS];
    static struct sigaction symbolicator_before;
    static volatile int symbolicator_passed;
    static uintptr_t symbolicator_page;

    static void symbolicator_on_sigbus(int number, siginfo_t *info, void *context) {
        uintptr_t at = (uintptr_t) info->si_addr;
        int i, error = errno;
        (void) context;
        for (i = 0; info->si_code > 0 && i < SYMBOLICATOR_GUARDS; i++) {
            uintptr_t start = symbolicator_guards[i].start, end = symbolicator_guards[i].end;
            if (start <= at && at < end) {
                uintptr_t page = at & ~(symbolicator_page - 1);
                if (mmap((void *) page, end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) {
                    symbolicator_guards[i].lost = 1;
                    errno = error;
                    return;
                }
            }
        }
        /* Not ours. Whoever was there before has it next; should that one pass it back to us, it is the end. */
        if (symbolicator_passed) signal(number, SIG_DFL);
        else { symbolicator_passed = 1; sigaction(number, &symbolicator_before, NULL); }
        if (info->si_code <= 0) raise(number);  /* sent by somebody; a fault happens again by itself */
        errno = error;
    }

    static int symbolicator_guard(const unsigned char *start, Py_ssize_t size) {
        struct sigaction now;
        int i;
        symbolicator_page = (uintptr_t) sysconf(_SC_PAGESIZE);
        if (sigaction(SIGBUS, NULL, &now)) return -1;
        if (!(now.sa_flags & SA_SIGINFO) || now.sa_sigaction != symbolicator_on_sigbus) {
            struct sigaction own;
            symbolicator_before = now;
            symbolicator_passed = 0;
            own.sa_sigaction = symbolicator_on_sigbus;
            own.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
            sigemptyset(&own.sa_mask);
            if (sigaction(SIGBUS, &own, NULL)) return -1;
        }
        for (i = 0; i < SYMBOLICATOR_GUARDS; i++)
            if (!symbolicator_guards[i].end) {
                symbolicator_guards[i].lost = 0;
                symbolicator_guards[i].start = (uintptr_t) start;
                symbolicator_guards[i].end = ((uintptr_t) start + (uintptr_t) size + symbolicator_page - 1) & ~(symbolicator_page - 1);
                return i;
            }
        return -1;
    }

    static int symbolicator_lost(int number) { return number >= 0 && symbolicator_guards[number].lost; }

    static void symbolicator_release(int number) {
        if (number < 0) return;
        symbolicator_guards[number].start = symbolicator_guards[number].end = 0;
    }
    #else
    static int symbolicator_guard(const unsigned char *start, Py_ssize_t size) { (void) start; (void) size; return -1; }
    static int symbolicator_lost(int number) { (void) number; return 0; }
    static void symbolicator_release(int number) { (void) number; }
    #endif
    """
    int symbolicator_guard(const unsigned char *start, Py_ssize_t size) nogil
    int symbolicator_lost(int number) nogil
    void symbolicator_release(int number) nogil

cpdef int guard(const unsigned char[::1] data) except? -9

cpdef int lost(int number) except? -9

cpdef release(int number)
