/* SPDX-License-Identifier: BSD-3-Clause */
/* style.h - files of the page that never change: made of style.css and icon.svg by the build. */
#pragma once

extern const char ush_style_css[];
extern const char ush_icon_svg[];
