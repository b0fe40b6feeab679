/*
 * Runs in a guest of tests/lab/lists: the accesses that a shell cannot make. Every command ends with the errno of what it
 * was asked to do, so a refusal shows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/fsverity.h>
#include <linux/keyctl.h>

static unsigned char content[1 << 20];

static int fail(const char *what, const char *path)
{
	int error = errno;

	fprintf(stderr, "lists: %s: %s: %s\n", what, path, strerror(error));
	return error;
}

static long load(const char *path)
{
	int file = open(path, O_RDONLY);
	long length = file < 0 ? -1 : read(file, content, sizeof(content));

	close(file);
	return length;
}

static int read_one(const char *path)
{
	char byte;
	int file = open(path, O_RDONLY);

	if (file < 0 || read(file, &byte, 1) < 0)
		return fail("read", path);
	close(file);
	return 0;
}

/* Two opens of one file, the second while the first is still there. */
static int overlap(const char *path, int first, int second)
{
	int one = open(path, first), two = open(path, second);

	if (one < 0 || two < 0)
		return fail("open", path);
	close(two);
	close(one);
	return 0;
}

/* Reads what has no name any more. IMA does not measure what is opened with O_PATH. */
static int deleted(const char *path)
{
	char again[32];
	int file = open(path, O_PATH);

	if (file < 0 || unlink(path))
		return fail("unlink", path);
	snprintf(again, sizeof(again), "/proc/self/fd/%d", file);
	return read_one(again);
}

static int add_key(const char *keyring, const char *path)
{
	long length = load(path), ring;

	ring = syscall(SYS_add_key, "keyring", keyring, NULL, 0, KEY_SPEC_PROCESS_KEYRING);
	if (ring < 0)
		return fail("keyring", keyring);
	if (length < 0 || syscall(SYS_add_key, "asymmetric", "", content, length, ring) < 0)
		return fail("add_key", path);
	return 0;
}

static int module(const char *path)
{
	int file = open(path, O_RDONLY);

	if (file < 0 || syscall(SYS_finit_module, file, "", 0))
		return fail("finit_module", path);
	return 0;
}

static int verity(const char *path)
{
	struct fsverity_enable_arg arg = { .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = 4096 };
	int file = open(path, O_RDONLY);

	if (file < 0 || ioctl(file, FS_IOC_ENABLE_VERITY, &arg))
		return fail("verity", path);
	close(file);
	return 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[1] : "", *path = argc > 2 ? argv[2] : "";
	long length;
	int i, status = 0;

	if (!strcmp(command, "read")) {
		for (i = 2; i < argc && !status; i++)
			status = read_one(argv[i]);
		return status;
	}
	if (!strcmp(command, "tomtou"))
		return overlap(path, O_RDONLY, O_WRONLY);
	if (!strcmp(command, "open-writers"))
		return overlap(path, O_WRONLY, O_RDONLY);
	if (!strcmp(command, "deleted"))
		return deleted(path);
	if (!strcmp(command, "module"))
		return module(path);
	if (!strcmp(command, "verity"))
		return verity(path);
	if (!strcmp(command, "key") && argc == 4)
		return add_key(path, argv[3]);
	if (!strcmp(command, "label") && argc == 5) {
		length = load(argv[4]);
		if (length < 0 || setxattr(path, argv[3], content, length, 0))
			return fail(argv[3], path);
		return 0;
	}
	fprintf(stderr, "usage: lists read PATH... | tomtou|open-writers|deleted|module|verity PATH | key KEYRING FILE | label PATH NAME FILE\n");
	return 255;
}
