package Starlight::Host::Frames;

# The names of what goes over a child's socket, the same as in src/app/perl/frames.ts (a test compares them). A frame: u32 length of the
# payload, u8 type, u32 number of the request, payload; integers are big-endian. docs/perl.md has the table.
use strict;
use warnings;
use Exporter 'import';

use constant {
    FRAME_REQUEST  => 'Q',
    FRAME_DATA     => 'D',
    FRAME_END      => 'E',
    FRAME_ABORT    => 'X',
    FRAME_TUNNEL   => 'U',
    FRAME_HELLO    => 'H',
    FRAME_RESPONSE => 'R',
    FRAME_INFORM   => 'I',
    FRAME_WANT     => 'W',
    FRAME_IDLE     => 'Z',
    FRAME_LEAVE    => 'L',
    FRAME_LOG      => 'L',

    FLAG_LAST    => 1,
    FLAG_LEAVING => 2,
    FLAG_BUSY    => 4,
    FLAG_BROKEN  => 8,

    MODE_NONE    => 0,
    MODE_INLINE  => 1,
    MODE_FRAMES  => 3,
    MODE_LIVE    => 4,
    MODE_UPGRADE => 5,

    HEAD_BYTES      => 9,
    MAX_FRAME_BYTES => 16 * 1024 * 1024,
};

our @EXPORT = grep {/^(?:FRAME|FLAG|MODE|HEAD|MAX)_/} keys %Starlight::Host::Frames::;

1;
