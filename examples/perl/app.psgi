# A PSGI application in plain Perl: npx starlight examples/perl/app.psgi
use strict;
use warnings;

sub {
    my $env = shift;
    return [200, ['Content-Type' => 'text/plain'], ["Hello from Perl, process $$, path $env->{PATH_INFO}\n"]];
}
