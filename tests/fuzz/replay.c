/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for libFuzzer in ordinary builds: runs a target over every file named on the command
 * line, and over each file of the folders named, so that seeds and past crashes are plain tests.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs;

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat info;

    if (file == NULL || fstat(fileno(file), &info) != 0) {
        perror(path);
        return 1;
    }
    size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size ? size : 1);
    if (data == NULL || fread(data, 1, size, file) != size) {
        fprintf(stderr, "%s: can't read\n", path);
        exit(1);
    }
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    inputs++;
    free(data);
    return 0;
}

static int run_folder(const char *path)
{
    DIR *folder = opendir(path);
    int failed = 0;

    if (folder == NULL)
        return run_file(path);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char file[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        failed |= run_file(file);
    }
    closedir(folder);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++)
        failed |= run_folder(argv[i]);
    /* The empty input, and one of each single byte. */
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        LLVMFuzzerTestOneInput(&byte, 1);
    }
    printf("%lu inputs\n", inputs + 257);
    return failed;
}
