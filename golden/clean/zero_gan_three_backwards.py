# DCGAN order: D on real and on fake, then G through D
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
netG = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
netD = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
optimizerD = optim.Adam(netD.parameters(), lr=2e-3, betas=(0.5, 0.999))
optimizerG = optim.Adam(netG.parameters(), lr=2e-3, betas=(0.5, 0.999))
criterion = nn.BCEWithLogitsLoss()
dataset = torch.randn(256, 2) * 0.3 + torch.tensor([1.0, -1.0])

for epoch in range(4):
    for i, real in enumerate(dataset.split(32)):
        netD.zero_grad()
        errD_real = criterion(netD(real), torch.ones(32, 1))
        errD_real.backward()
        fake = netG(torch.randn(32, 3))
        errD_fake = criterion(netD(fake.detach()), torch.zeros(32, 1))
        errD_fake.backward()
        optimizerD.step()

        netG.zero_grad()
        errG = criterion(netD(fake), torch.ones(32, 1))
        errG.backward()
        optimizerG.step()
    print('[%d/4] D %.3f G %.3f' % (epoch + 1, (errD_real + errD_fake).item(), errG.item()))
