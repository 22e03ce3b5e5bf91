/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/fuzz/image.h"

#include "tests/fuzz/fuzz.h"
#include "zones/database/hash.h"

struct edit {
	uint8_t what; /* 0: a byte; 1: 16 bits; 2: 32 bits; 3: how many records there are */
	uint8_t section;
	uint16_t at;
	uint16_t value;
};

static const size_t record_bytes[USH_DB_SECTIONS] = {1, sizeof(struct ush_db_feed),
    sizeof(struct ush_db_campaign), sizeof(struct ush_db_class), sizeof(struct ush_db_bucket),
    sizeof(uint64_t), sizeof(struct ush_db_network), sizeof(struct ush_db_url),
    sizeof(struct ush_db_source), sizeof(struct ush_db_meta), sizeof(struct ush_db_note), 1};

void
ush_image_read(struct ush_image *image)
{
	FILE *file = fopen(USH_FUZZ_LIST, "rb");

	USH_HOLDS(file != NULL && fread(&image->header, sizeof(image->header), 1, file) == 1);
	for (unsigned i = 0; i < USH_DB_SECTIONS; i++) {
		size_t bytes = image->header.sections[i].bytes;

		USH_HOLDS(
		    bytes <= USH_IMAGE_ROOM && fread(image->sections[i], 1, bytes, file) == bytes);
	}
	fclose(file);
}

/* A section of another size moves those behind it. */
static void
resize(struct ush_image *image, unsigned id, uint64_t count)
{
	struct ush_db_section *sections = image->header.sections;
	uint64_t bytes =
	    (count * record_bytes[id] + USH_DB_ALIGN - 1) / USH_DB_ALIGN * USH_DB_ALIGN;

	if (bytes > USH_IMAGE_ROOM)
		return;
	image->header.file_bytes += bytes - sections[id].bytes;
	sections[id].count = count;
	sections[id].bytes = bytes;
	for (unsigned i = id + 1; i < USH_DB_SECTIONS; i++)
		sections[i].offset = sections[i - 1].offset + sections[i - 1].bytes;
}

static void
apply(struct ush_image *image, const struct edit *edit)
{
	unsigned id = edit->section % (USH_DB_SECTIONS + 1);
	uint8_t *data = id < USH_DB_SECTIONS ? image->sections[id] : (uint8_t *)&image->header;
	size_t room =
	    id < USH_DB_SECTIONS ? USH_IMAGE_ROOM : offsetof(struct ush_db_header, checksum);
	unsigned width = 1u << edit->what % 4; /* in bytes */
	int32_t value = (int16_t)edit->value;

	if (width == 8) {
		if (id < USH_DB_SECTIONS)
			resize(image, id, edit->value % 512);
		return;
	}
	if (id < USH_DB_SECTIONS && image->header.sections[id].bytes >= width &&
	    image->header.sections[id].bytes < room)
		room = image->header.sections[id].bytes;
	memcpy(data + edit->at % (room / width) * width, &value, width);
}

static size_t
section_bytes(const struct ush_image *image, unsigned id)
{
	uint64_t bytes = image->header.sections[id].bytes;

	return bytes < USH_IMAGE_ROOM ? (size_t)bytes : USH_IMAGE_ROOM;
}

void
ush_image_seal(struct ush_image *image)
{
	struct ush_db_header *header = &image->header;

	for (unsigned i = 0; i < USH_DB_SECTIONS; i++)
		header->sections[i].checksum =
		    ush_db_checksum_of(XXH3_128bits(image->sections[i], section_bytes(image, i)));
	header->checksum =
	    ush_db_checksum_of(XXH3_128bits(header, offsetof(struct ush_db_header, checksum)));
}

void
ush_image_edit(struct ush_image *image, const uint8_t *edits, size_t size)
{
	struct edit edit;

	for (; size >= sizeof(edit); edits += sizeof(edit), size -= sizeof(edit)) {
		memcpy(&edit, edits, sizeof(edit));
		apply(image, &edit);
	}
}

uint8_t *
ush_image_file(const struct ush_image *image, size_t *size)
{
	uint8_t *file;

	*size = sizeof(image->header);
	for (unsigned i = 0; i < USH_DB_SECTIONS; i++)
		*size += section_bytes(image, i);
	file = malloc(*size);
	USH_HOLDS(file != NULL);
	memcpy(file, &image->header, sizeof(image->header));
	*size = sizeof(image->header);
	for (unsigned i = 0; i < USH_DB_SECTIONS; i++) {
		memcpy(file + *size, image->sections[i], section_bytes(image, i));
		*size += section_bytes(image, i);
	}
	return file;
}
