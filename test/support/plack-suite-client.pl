#!/usr/bin/env perl
# Asks a server that is running already the questions of Plack::Test::Suite, which Plack itself only asks of servers that
# it has started. The server runs test/fixtures/plack-suite.ts, or the suite's own app. Prints TAP.
#
#   plack-suite-client.pl http://127.0.0.1:5000 [number of a test ...]
#
# Behind a relay, for what this client does not speak itself, the server's name, port and scheme are not those of the address:
# STARLIGHT_SUITE=https:127.0.0.1:5001 says them, and the two questions about them are asked for these.
#
# PLACK_TEST_SCRIPT_NAME is the path that the app is mounted at, as everywhere in Plack.
use strict;
use warnings;
use Plack::LWPish;
use Plack::Test::Suite;
use Test::More;
use URI;

my ( $address, @chosen ) = @ARGV;
die "usage: $0 http://127.0.0.1:PORT [number ...]\n" unless $address;

my $server = URI->new($address);
my $mount  = $ENV{PLACK_TEST_SCRIPT_NAME} || '';
my @suite  = @Plack::Test::Suite::TEST;
@chosen = 0 .. $#suite unless @chosen;

# A proxy in the environment must not come between.
my $client = Plack::LWPish->new( no_proxy => [ $server->host ] );

sub ask {
    my ( $number, $request ) = @_;
    my $uri = $request->uri;
    $uri->scheme('http');
    $uri->host( $server->host );
    $uri->port( $server->port );
    $uri->path( $mount . $uri->path );
    $request->header( 'X-Plack-Test' => $number );
    return $client->request($request);
}

my %instead;
if ( $ENV{STARLIGHT_SUITE} ) {
    my ( $scheme, $host, $port ) = split /:/, $ENV{STARLIGHT_SUITE}, 3;
    $instead{'psgi.url_scheme'} = sub { is shift->( HTTP::Request->new( POST => 'http://127.0.0.1/' ) )->content, $scheme };
    $instead{'validate env'} = sub {
        my $response = shift->( HTTP::Request->new( GET => 'http://127.0.0.1/foo/?dankogai=kogaidan' ) );
        is $response->content, <<"EOT";
REQUEST_METHOD:GET
SCRIPT_NAME:$mount
PATH_INFO:/foo/
QUERY_STRING:dankogai=kogaidan
SERVER_NAME:$host
SERVER_PORT:$port
EOT
    };
}

for my $number (@chosen) {
    my ( $name, $questions ) = @{ $suite[$number] };
    $questions = $instead{$name} || $questions;
    subtest "$number $name" => sub {
        $questions->( sub { ask( $number, shift ) } );
        # A test that the suite skips asserts nothing, and a subtest has to.
        pass('done');
    };
}

done_testing;
