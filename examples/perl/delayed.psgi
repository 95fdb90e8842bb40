# Answers that are given later and in pieces, as Catalyst and AnyEvent applications do: npx starlight examples/perl/delayed.psgi
use strict;
use warnings;

sub {
    my $env = shift;
    return sub {
        my $respond = shift;
        return $respond->([200, ['Content-Type' => 'text/plain'], ["at once\n"]]) if $env->{PATH_INFO} ne '/count';
        my $writer = $respond->([200, ['Content-Type' => 'text/plain']]);
        $writer->write("$_\n") for 1 .. 5;
        $writer->close;
    };
};
