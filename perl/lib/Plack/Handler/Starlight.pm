package Plack::Handler::Starlight;

# What `plackup -s Starlight` and Plack::Loader->load('Starlight', ...) look for.
use strict;
use warnings;
use parent 'Starlight::Server';

1;
