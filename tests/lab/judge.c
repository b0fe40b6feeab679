/*
 * Runs in a guest of tests/lab/verdicts. Writes each line of standard input to the kernel's policy file with one write(2)
 * and prints '+' where the kernel took it, '-' where it refused it, '!' for a line that begins with '/': a path, which the
 * kernel would read from, is never written (tests/lab/verdicts puts it in place of a rule on which a kernel crashed).
 *
 * Nothing is ever loaded: ima_write_policy() clears valid_policy at the first error, and nothing but the close, which then
 * throws every rule away, sets it again; each later write is parsed and answered as usual.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char node[] = "/sys/kernel/security/ima/policy";

static void fail(const char *what, size_t rule)
{
	printf("\n# failed: rule %zu: %s: %s\n", rule, what, strerror(errno));
	exit(1);
}

/* What says something about the machine and not about the rule is no verdict. */
static int is_verdict(int error)
{
	return error == EINVAL || error == ERANGE || error == ENOENT;
}

int main(void)
{
	static const char invalid[] = "imaform-judges-only\n";
	char *rule = NULL;
	size_t size = 0, number = 0;
	ssize_t length, taken;
	int policy = open(node, O_WRONLY);

	/* A kernel that crashes shows on which rule. */
	setvbuf(stdout, NULL, _IONBF, 0);
	if (policy < 0)
		fail(node, 0);
	if (write(policy, invalid, sizeof(invalid) - 1) >= 0)
		fail("an invalid rule was taken", 0);
	while ((length = getline(&rule, &size, stdin)) > 0) {
		number++;
		if (rule[length - 1] != '\n' || length > 4095)
			fail("an unfinished line, or too long for the kernel", number);
		if (rule[0] == '/') {
			putchar('!');
		} else {
			taken = write(policy, rule, length);
			if (taken >= 0 ? taken != length : !is_verdict(errno))
				fail("no verdict", number);
			putchar(taken == length ? '+' : '-');
		}
		if (number % 100 == 0)
			putchar('\n');
	}
	if (number % 100 != 0)
		putchar('\n');
	close(policy);
	/* A second opening is refused once something was loaded, except with CONFIG_IMA_WRITE_POLICY. */
	if (open(node, O_WRONLY) < 0)
		fail("after the last rule", number);
	printf("# end\n");
	return 0;
}
