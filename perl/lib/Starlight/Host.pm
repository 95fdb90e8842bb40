package Starlight::Host;

# The program that runs a PSGI application for Starlight, which owns the sockets and speaks HTTP. Core modules and Plack only.
use strict;
use warnings;
use POSIX ();
use Starlight::Host::Channel ();
use Starlight::Host::Errors ();
use Starlight::Host::Name ();
use Starlight::Host::Zygote ();

my $lacks;    # what Perl says of Plack where it is missing
BEGIN { eval { require Plack::Runner; require Plack::Util; require Starlight::Host::Runner; 1 } or $lacks = $@ }

# Arguments are those of plackup; descriptor 3 is the control channel.
sub main {
    my (@arguments) = @_;
    Starlight::Host::Errors::take_over();
    open my $control, '+<&=', 3 or die "Cannot run: there is no control channel: $!\n";
    my $channel = Starlight::Host::Channel->new($control);
    close_inherited_sockets();
    my $settings = $channel->settings;
    Starlight::Host::Errors::set_style(@$settings{qw(level format)});
    give_up($channel, 'lacks', $lacks) if defined $lacks;
    my $handler = bless { channel => $channel, settings => $settings, owner => $$ }, __PACKAGE__;
    my $is_done = eval { Starlight::Host::Runner->new($handler, @arguments)->run; 1 };
    give_up($channel, 'broken', $@) unless $is_done;
    exit 0;
}

sub give_up {
    my ($channel, $word, $cause) = @_;
    $channel->tell("$word " . Starlight::Host::Channel::escaped($cause));
    POSIX::_exit(1);
}

# Starlight's listening sockets came with the process. Neither the application nor what it starts may keep a port open.
sub close_inherited_sockets {
    for my $fd (4 .. 255) {
        my $mode = (POSIX::fstat($fd))[2];
        POSIX::close($fd) if defined $mode && ($mode & 0170000) == 0140000;
    }
}

# --- As the handler that plackup's runner runs

sub register_service { $_[0]{app} = $_[1] }

# `psgi_app_builder` is left by the loader Delayed: the application is loaded in each child, after the fork.
sub run {
    my ($self, $app) = @_;
    # A copy that the application forked while it was loaded, and let return.
    POSIX::_exit(0) if $self->{owner} != $$;
    Starlight::Host::Name::title('starlight perl zygote');
    my $builder = $self->{psgi_app_builder};
    Starlight::Host::Zygote->new({ %$self, builder => $builder, app => $builder ? undef : $app })->run;
}

1;
