# What the soak asks for, as a Perl application: an echo of number and length, a large answer, a stream without an end.
use strict;
use warnings;

my $large = 'x' x (1024 * 1024);

sub {
    my $env = shift;
    return [200, ['Content-Type' => 'application/octet-stream'], [$large]] if $env->{PATH_INFO} eq '/large';
    if ($env->{PATH_INFO} eq '/events') {
        return sub {
            my $writer = shift->([200, ['Content-Type' => 'text/event-stream']]);
            for (1 .. 20) {
                select undef, undef, undef, 0.05;
                $writer->write("data: tick\n\n");
            }
            $writer->close;
        };
    }
    my $bytes = 0;
    while ((my $length = $env->{'psgi.input'}->read(my $piece, 65536))) { $bytes += $length }
    my ($id) = $env->{QUERY_STRING} =~ /id=(\d+)/;
    return [200, ['Content-Type' => 'text/plain'], ["$id $bytes"]];
};
