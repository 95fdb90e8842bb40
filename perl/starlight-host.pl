#!/usr/bin/env perl
# Runs a PSGI application for Starlight: see Starlight::Host, which is beside it in lib/.
use strict;
use warnings;
use Cwd ();
use File::Basename ();

BEGIN {
    # For these modules alone: the application has its own path.
    local @INC = (File::Basename::dirname(Cwd::abs_path(__FILE__)) . '/lib', @INC);
    require Starlight::Host;
}

Starlight::Host::main(@ARGV);
